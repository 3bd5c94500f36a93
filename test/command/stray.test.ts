/** Tests the words for an error that no caller could catch. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT, strayError } from '../../src/command/error.ts';

test('too little memory is told as that, anything else is a bug, and nothing acts on the terminal', () => {
  const memory = strayError(new RangeError('WebAssembly.instantiate(): Out of memory: Cannot allocate Wasm memory'));
  assert.equal(memory.code, EXIT.database);
  assert.match(memory.text, /^draintrace: too little memory \(.*\): raise the limit of its address space .*\n$/);
  const bug = strayError(new TypeError('x\u001b[31m'));
  assert.equal(bug.code, EXIT.bug);
  assert.match(bug.text, /^draintrace: this is a bug in draintrace, please report it\nTypeError: x\?\[31m\n {4}at /);
  assert.match(strayError('text').text, /\ntext\n$/);
});
