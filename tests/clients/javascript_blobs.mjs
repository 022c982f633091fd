// What a JavaScript program does with npm's @azure/storage-blob 12.34.
//
// Its arguments are the folder where the package is installed, the account's URL, its name and its
// key; it prints what it saw as JSON.

import { createRequire } from "node:module";

const [folder, url, account, key] = process.argv.slice(2);
const { BlobSASPermissions, BlobServiceClient, BlockBlobClient, StorageSharedKeyCredential } =
  createRequire(`${folder}/`)("@azure/storage-blob");

const MIB = 1024 * 1024;
const LARGE = Buffer.alloc(9 * MIB + 1, "many bytes ");

async function all(pages) {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
}

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return [error.statusCode, error.code];
  }
  throw new Error("the service did not refuse");
}

const seen = {};
const service = new BlobServiceClient(url, new StorageSharedKeyCredential(account, key));
const container = service.getContainerClient("javascript");
await container.create({ metadata: { made: "by JavaScript" } });
seen.metadata = (await container.getProperties()).metadata;
seen.containers = (await all(service.listContainers({ prefix: "javas" }))).map((one) => one.name);

const small = container.getBlockBlobClient("a folder/caf\u00e9 \u{1F3AC}.txt");
await small.upload("0123456789", 10, { blobHTTPHeaders: { blobContentType: "text/plain" } });
const properties = await small.getProperties();
seen.small = [properties.contentLength, properties.contentType, properties.blobType];
seen.range = (await small.downloadToBuffer(3, 4)).toString();

const large = container.getBlockBlobClient("large");
await large.uploadData(LARGE, { blockSize: 4 * MIB, maxSingleShotSize: MIB, concurrency: 3 });
seen.blocks = (await large.getBlockList("committed")).committedBlocks.map((block) => block.size);
seen.same = LARGE.equals(await large.downloadToBuffer());

seen.flat = (await all(container.listBlobsFlat())).map((blob) => blob.name);
seen.hierarchy = (await all(container.listBlobsByHierarchy("/"))).map((item) => [
  item.kind,
  item.name,
]);

const readable = await small.generateSasUrl({
  permissions: BlobSASPermissions.parse("r"),
  expiresOn: new Date(Date.now() + 3_600_000),
});
const reader = new BlockBlobClient(readable);
seen.read = (await reader.downloadToBuffer()).toString();
seen.written = await refusal(reader.upload("no", 2));
seen.changed = await refusal(small.upload("", 0, { conditions: { ifMatch: '"0x1"' } }));
seen.missing = await refusal(container.getBlobClient("missing").download());

await small.delete();
seen.exists = await small.exists();
await container.delete();
console.log(JSON.stringify(seen));
