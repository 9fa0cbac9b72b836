// Loaded into a gateway before everything else (`node --import`): the processor time of the longest turn of
// its event loop since the last question, in ms, on the port `TURNS_PORT`. Unlike the time that passes, it
// hardly depends on what else the machine does. A loop that waits uses none, so what a timer of a millisecond
// finds between two of its runs is one turn.

import { createServer } from 'node:http'

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

let last = cpuMs()
let longest = 0

setInterval(() => {
  const now = cpuMs()
  longest = Math.max(longest, now - last)
  last = now
}, 1).unref()

createServer((_, response) => {
  response.end(String(longest))
  longest = 0
})
  .listen(Number(process.env.TURNS_PORT), '127.0.0.1')
  .unref()
