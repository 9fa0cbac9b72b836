// A small process of a worker pool. Its argument is what it does: `serve`, `held` until it gets the message
// `serve`, `blocked` or `exit` before it serves.

import { createChannel } from '../../gateway/processes/channel.ts'

/** Blocks the event loop, without using a CPU. */
const block = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
const channel = createChannel((message) => void process.send?.(message))
process.on('message', channel.onMessage)
channel.answer({
  beat: () => true,
  stop: () => process.exit(0),
  block,
})
if (process.argv[2] === 'blocked') block()
if (process.argv[2] === 'exit') process.exit(3)
if (process.argv[2] === 'held')
  await new Promise<void>((resolve) => {
    process.on('message', (message) => {
      if (message === 'serve') resolve()
    })
  })
await channel.ask('serving')
