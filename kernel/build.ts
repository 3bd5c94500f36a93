/**
 * Compiles kernel/run.ts and what it imports, and writes it as src/alb/kernel-code.ts: `make kernel`. The result is kept in the repository, so
 * that neither a build nor a test needs the compiler; a test holds that it is what the source compiles to.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const SOURCE = 'kernel/run.ts';
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Returns the module's bytes. Throws with the compiler's complaint. */
export async function compileKernel(): Promise<Uint8Array> {
  let binary: Uint8Array | null = null;
  const words = [
    '--optimizeLevel',
    '3',
    '--runtime',
    'stub',
    '--noAssert',
    '--enable',
    'simd',
    '--outFile',
    'kernel.wasm',
  ];
  const { error, stderr } = await main(
    [SOURCE, '--baseDir', ROOT, '--memoryBase', '2048', '--initialMemory', '3600', ...words],
    {
      writeFile: (_name: string, contents: string | Uint8Array) => {
        if (typeof contents !== 'string') binary = contents;
      },
    },
  );
  if (error || binary === null) throw new Error(`${SOURCE} does not compile: ${stderr.toString()}`);
  return binary;
}

/** Returns the text of src/alb/kernel-code.ts. */
export function printKernel(binary: Uint8Array): string {
  const lines = Buffer.from(binary)
    .toString('base64')
    .match(/.{1,112}/g)!;
  return [
    '/** Made by `make kernel` from kernel/run.ts: a WebAssembly module in base64. Not to be edited. */',
    'export const KERNEL = [',
    ...lines.map((line) => `  '${line}',`),
    "].join('');",
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../src/alb/kernel-code.ts', import.meta.url), printKernel(await compileKernel()));
}
