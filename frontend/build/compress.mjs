// Every file of text that the server hands out gets its Brotli form beside it, once, at the build: a tablet on a poor line
// fetches a fifth of the bytes, and the server compresses nothing while somebody waits.

import { readFile, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";

const compress = promisify(brotliCompress);
const TEXT = /\.(js|css|svg|json|webmanifest)$/;
// The most: it costs three seconds at a build and spares every tablet an eighth at every release.
const QUALITY = 11;

/** @param {string[]} files paths; what is compressed already (fonts, pictures) and what would hardly shrink is left alone */
export async function compressBeside(files) {
  await Promise.all(files.filter((each) => TEXT.test(each)).map(async (file) => {
    const plain = await readFile(file);
    const packed = await compress(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } });
    if (packed.length < plain.length * 0.9) await writeFile(`${file}.br`, packed);
    else await rm(`${file}.br`, { force: true });
  }));
}
