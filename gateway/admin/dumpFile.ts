// Reads a script or a dump from a file as a stream of SQL text. Binary formats of pg_dump (custom, directory,
// tar) are converted by pg_restore, compressed text by gunzip.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Refusal } from '../../tenants/refusal.ts'
import { unreadableFile } from './usage.ts'

const TAR_MARK_AT = 257
const HEAD_LENGTH = 512

type Format = 'text' | 'gzip' | 'archive'

const formatOf = async (path: string): Promise<Format> => {
  const found = await stat(path).catch(unreadableFile(path))
  if (found.isDirectory()) return 'archive'
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_LENGTH), 0, HEAD_LENGTH, 0)
    const head = buffer.subarray(0, bytesRead).toString('latin1')
    if (head.startsWith('PGDMP') || head.startsWith('ustar', TAR_MARK_AT)) return 'archive'
    return head.startsWith('\x1f\x8b') ? 'gzip' : 'text'
  } finally {
    await file.close()
  }
}

async function* decoded(stream: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const chunk of stream) yield decoder.decode(chunk, { stream: true })
    yield decoder.decode()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new Refusal('INVALID_INPUT', 'The file is not UTF-8 text.', {
      hint: 'Make the dump with --encoding=UTF8.',
      cause: error,
    })
  }
}

async function* restored(path: string): AsyncGenerator<string> {
  const child = spawn('pg_restore', ['--file=-', '--no-owner', path], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  // Awaited below; without this, an early failure would be an unhandled rejection.
  ended.catch(() => {})
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString()
  })
  try {
    yield* decoded(child.stdout)
    const [code] = await ended
    if (code !== 0)
      throw new Refusal('INVALID_INPUT', `pg_restore cannot read ${path}: ${complaint.trim()}`, {
        hint: 'Use a pg_restore that is not older than the pg_dump that made the dump.',
      })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    throw new Refusal(
      'INVALID_INPUT',
      `${path} is a dump that only pg_restore can read, and pg_restore is not installed.`,
      {
        hint: 'Install the client programs of Postgres, or make the dump with pg_dump --format=plain.',
        cause: error,
      },
    )
  } finally {
    child.kill()
  }
}

export const readDump = async (path: string): Promise<AsyncIterable<string>> => {
  const format = await formatOf(path)
  if (format === 'archive') return restored(path)
  const file = createReadStream(path)
  return decoded(format === 'gzip' ? file.pipe(createGunzip()) : file)
}
