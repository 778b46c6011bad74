// A board: the REPL of MicroPython for WebAssembly on standard input and output.
// Arguments: the folder of the npm package.

import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const HEAP = 1024 * 1024; // bytes
const pending = [];

function flush() {
    let rest = Buffer.from(pending.splice(0));
    while (rest.length > 0) {
        rest = rest.subarray(fs.writeSync(1, rest));
    }
}

// The firmware hands over single bytes. They go out by the line, so that the output of a program
// that runs for long arrives while it runs: nothing else of this process works in the meantime.
function write(bytes) {
    pending.push(...bytes);
    if (bytes.at(-1) === 0x0a || pending.length >= 256) {
        flush();
    }
}

const entry = path.resolve(process.argv[2], "micropython.mjs");
const { loadMicroPython } = await import(pathToFileURL(entry));
const board = await loadMicroPython({ heapsize: HEAP, stdout: write, linebuffer: false });

process.stdin.setRawMode?.(true);
board.replInit();
flush();
for await (const data of process.stdin) {
    for (const byte of data) {
        // Not 0: the REPL ended (soft reset), which ends the process as on the unix port.
        if (await board.replProcessCharWithAsyncify(byte)) {
            flush();
            process.exit(0);
        }
    }
    flush();
}
