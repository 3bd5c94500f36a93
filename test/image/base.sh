#!/bin/sh
# Makes a stand-in for the base image, for machines that reach no registry of images: Debian's C and C++ libraries and
# certificates, busybox for a shell, and this machine's node and npm. Usage: base.sh TAG [FLAGS OF PODMAN].
set -eu
tag=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# apt would fetch as its own user, which may not write here.
apt-get -o APT::Sandbox::User=root download -qq libc6 libgcc-s1 libstdc++6 busybox-static base-files >&2
mkdir root
for package in *.deb; do dpkg-deb --extract "$package" root; done
mkdir -p root/usr/local/bin root/usr/local/lib root/root root/tmp root/data root/etc/ssl
for applet in sh ls cat mkdir cp rm sed env; do
  test -e "root/bin/$applet" || ln -s busybox "root/bin/$applet"
done
node=$(command -v node)
cp "$(readlink -f "$node")" root/usr/local/bin/node
cp -rL "$(dirname "$(readlink -f "$(command -v npm)")")/.." root/usr/local/lib/npm
for program in npm npx; do
  printf '#!/bin/sh\nexec node /usr/local/lib/npm/bin/%s-cli.js "$@"\n' "$program" > "root/usr/local/bin/$program"
  chmod 755 "root/usr/local/bin/$program"
done
cp -rL /etc/ssl/certs root/etc/ssl/certs
printf 'root:x:0:0:root:/root:/bin/sh\n' > root/etc/passwd
mkdir -p root/usr/local/etc
printf 'cafile=/etc/ssl/certs/ca-certificates.crt\n' > root/usr/local/etc/npmrc
chmod 1777 root/tmp
printf 'FROM scratch\nCOPY root /\nCMD ["node"]\n' > Dockerfile
podman "$@" build --quiet --isolation chroot -t "$tag" . >/dev/null
