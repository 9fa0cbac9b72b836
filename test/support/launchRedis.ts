import { type ChildProcess, spawn } from 'node:child_process'
import { tmpdir } from 'node:os'

/** A redis-server that accepts connections, without files; null where it is missing or ends at its start. */
export const launchRedis = async (options: readonly string[]): Promise<ChildProcess | null> => {
  const words = [...options, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const redis = spawn('redis-server', words, { stdio: ['ignore', 'pipe', 'ignore'], cwd: tmpdir() })
  const isReady = await new Promise<boolean>((resolve) => {
    redis.once('error', () => resolve(false))
    redis.once('exit', () => resolve(false))
    redis.stdout.on('data', (chunk: Buffer) => {
      if (chunk.includes('Ready to accept connections')) resolve(true)
    })
  })
  return isReady ? redis : null
}
