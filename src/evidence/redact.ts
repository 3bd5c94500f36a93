/** Secrets in urls: a name and password before the host, values behind the `?`. They are neither printed nor stored. Pure. */

const HIDDEN = '***';
const URL_LIKE = /[a-z][a-z0-9+.-]*:\/\/\S+/gi;
/** Of a url of the web every value may be a secret; a key of S3 may hold any sign, so names of secrets decide. */
const OF_KEYS = /^(?:s3|file):/i;
const SECRET_NAME =
  /^(?:x-amz-.*|awsaccesskeyid|expires|.*(?:token|secret|passw|pwd|signature|credential|auth|api-?key|access-?key).*|sig|key|pw|code|jwt)$/i;
/** Parameters of our own uris of Prometheus windows. */
const OUR_OWN = /^(?:from|to|selector)$/;

/** Returns a text, such as a message, with `***` for the secrets of every url in it. */
export function redacted(text: string): string {
  return text.includes('://')
    ? text.replace(URL_LIKE, (found) => {
        // Signs that end a sentence or a quote are rarely of the url.
        const [end] = /[;:,.)\]}"'`>]*$/.exec(found)!;
        return redactedUrl(found.slice(0, found.length - end.length)) + end;
      })
    : text;
}

/** Returns one url, which may be a wrong one and hold blanks, with `***` for its secrets. A text that is no url is as it was. */
export function redactedUrl(url: string): string {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*:\/\/)(.*)$/is.exec(url) ?? [];
  if (scheme === undefined || rest === undefined) return url;
  return scheme + withoutValues(withoutUser(rest, url), !OF_KEYS.test(scheme), /^prometheus/i.test(scheme));
}

function withoutUser(rest: string, url: string): string {
  // In an invalid url, such as one with a slash in its password, the start of the host is unknown.
  const isUrl = URL.canParse(url.replace(/^prometheus\+/i, ''));
  const end = isUrl ? rest.search(/[/?#]|$/) : rest.length;
  const at = rest.lastIndexOf('@', end - 1);
  return at < 0 || at >= end ? rest : `${HIDDEN}@${rest.slice(at + 1)}`;
}

function withoutValues(rest: string, isWeb: boolean, isPrometheus: boolean): string {
  const start = rest.search(/[?#]/);
  if (start < 0) return rest;
  const parts = rest.slice(start).split(/([?&#])/);
  const hidden = parts.map((part, i) => {
    // Every second part is a sign between two pairs.
    if (i % 2 === 1 || part === '') return part;
    const equals = part.indexOf('=');
    const name = equals < 0 ? '' : part.slice(0, equals);
    const isSecret = isWeb ? !(isPrometheus && OUR_OWN.test(name)) : SECRET_NAME.test(name);
    if (!isSecret) return part;
    return equals < 0 ? HIDDEN : `${name}=${HIDDEN}`;
  });
  return rest.slice(0, start) + hidden.join('');
}
