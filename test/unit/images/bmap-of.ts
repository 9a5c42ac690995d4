import { createHash } from "node:crypto";

const blockBytes = 4096;

/** A bmap of these ranges of an image, in blocks and with their ends, as `bmaptool create` writes it. */
export function bmapOf(image: Buffer, ranges: readonly (readonly [start: number, end: number])[]): string {
  const sha256 = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");
  const lines = ranges.map(([start, end]) => {
    const sum = sha256(image.subarray(start * blockBytes, (end + 1) * blockBytes));
    return `        <Range chksum="${sum}"> ${start === end ? start : `${start}-${end}`} </Range>`;
  });
  const text = (sum: string) => `<?xml version="1.0" ?>
<bmap version="2.0">
    <ImageSize> ${image.length} </ImageSize>
    <BlockSize> ${blockBytes} </BlockSize>
    <BlocksCount> ${Math.ceil(image.length / blockBytes)} </BlocksCount>
    <MappedBlocksCount> ${ranges.reduce((all, [start, end]) => all + end - start + 1, 0)} </MappedBlocksCount>
    <ChecksumType> sha256 </ChecksumType>
    <BmapFileChecksum> ${sum} </BmapFileChecksum>
    <BlockMap>
${lines.join("\n")}
    </BlockMap>
</bmap>
`;
  return text(sha256(text("0".repeat(64))));
}

/** The ranges of an image that are not zero. */
export function rangesOf(image: Buffer): [number, number][] {
  const ranges: [number, number][] = [];
  for (let block = 0; block * blockBytes < image.length; block++) {
    if (image.subarray(block * blockBytes, (block + 1) * blockBytes).every((byte) => byte === 0)) continue;
    const last = ranges.at(-1);
    if (last?.[1] === block - 1) last[1] = block;
    else ranges.push([block, block]);
  }
  return ranges;
}
