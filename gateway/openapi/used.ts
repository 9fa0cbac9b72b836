// The components that a document refers to, directly or through others. A document lists no others.

import { createSlices, eachInSlices } from '../../tenants/model/read/slices.ts'
import { hashTableOf } from '../slices/hashTable.ts'
import type { Schema } from './schema.ts'

type Section = Readonly<Record<string, unknown>>
export type Sections = Readonly<Record<'headers' | 'parameters' | 'responses' | 'schemas', Section>>

/** After which a slice ends. Measured: 20 ms per million. */
const MAX_CHARACTERS = 250_000

const REFERENCE = /"#\/components\/(\w+)\/([^"]+)"/g

/** Names are plain: objects and types are spelled in letters and digits. */
const referencesIn = (text: string): readonly (readonly [section: string, name: string])[] =>
  [...text.matchAll(REFERENCE)].map(([, section = '', name = '']) => [section, name])

const isSection = (name: string): name is keyof Sections =>
  ['headers', 'parameters', 'responses', 'schemas'].includes(name)

/** Looks through the paths and what they refer to, in slices. */
export const usedSections = async (paths: Section, sections: Sections): Promise<Sections> => {
  const used = { headers: new Set(), parameters: new Set(), responses: new Set(), schemas: new Set() }
  const queue: unknown[] = Object.values(paths)
  function* parts(): Generator<unknown> {
    for (let part = queue.pop(); part !== undefined; part = queue.pop()) yield part
  }
  await eachInSlices(parts(), createSlices({ maxUnits: MAX_CHARACTERS }), (part) => {
    const text = JSON.stringify(part)
    for (const [section, name] of referencesIn(text)) {
      if (!isSection(section) || used[section].has(name) || !Object.hasOwn(sections[section], name)) continue
      used[section].add(name)
      queue.push(sections[section][name])
    }
    return text.length
  })
  const kept = (section: keyof Sections): Schema =>
    hashTableOf(Object.entries(sections[section]).filter(([name]) => used[section].has(name)))
  return {
    headers: kept('headers'),
    parameters: kept('parameters'),
    responses: kept('responses'),
    schemas: kept('schemas'),
  }
}
