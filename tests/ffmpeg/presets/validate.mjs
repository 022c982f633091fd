// Read a master playlist and all that it names with hls-parser, which in its strict mode refuses
// what RFC 8216 doesn't allow; print what was read.
//
//   node validate.mjs FOLDER-WITH-NODE_MODULES MASTER

import fs from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'

const [modules, master] = process.argv.slice(2)
const HLS = createRequire(path.join(modules, 'package.json'))('hls-parser')
HLS.setOptions({ strictMode: true })

const read = (file) => HLS.parse(fs.readFileSync(file, 'utf8'))
const folder = path.dirname(master)
const top = read(master)
const names = new Set(top.variants.map((variant) => variant.uri))
for (const variant of top.variants) {
  for (const sound of variant.audio) names.add(sound.uri)
}
const seconds = (playlist) => playlist.segments.reduce((sum, each) => sum + each.duration, 0)
console.log(
  JSON.stringify({
    isMaster: top.isMasterPlaylist,
    sizes: top.variants.map(({ resolution }) => [resolution.width, resolution.height]),
    seconds: [...names].map((name) => seconds(read(path.join(folder, name)))),
  }),
)
