// The components that a document refers to, directly or through others. A document lists no others.

import type { Schema } from './schema.ts'

type Section = Readonly<Record<string, unknown>>
export type Sections = Readonly<Record<'headers' | 'parameters' | 'responses' | 'schemas', Section>>

const REFERENCE = /"#\/components\/(\w+)\/([^"]+)"/g

/** Names are plain: objects and types are spelled in letters and digits. */
const referencesIn = (part: unknown): readonly (readonly [section: string, name: string])[] =>
  [...JSON.stringify(part).matchAll(REFERENCE)].map(([, section = '', name = '']) => [section, name])

const isSection = (name: string): name is keyof Sections =>
  ['headers', 'parameters', 'responses', 'schemas'].includes(name)

export const usedSections = (paths: unknown, sections: Sections): Sections => {
  const used = { headers: new Set(), parameters: new Set(), responses: new Set(), schemas: new Set() }
  const queue: unknown[] = [paths]
  for (let part = queue.pop(); part !== undefined; part = queue.pop())
    for (const [section, name] of referencesIn(part)) {
      if (!isSection(section) || used[section].has(name) || !Object.hasOwn(sections[section], name)) continue
      used[section].add(name)
      queue.push(sections[section][name])
    }
  const kept = (section: keyof Sections): Schema =>
    Object.fromEntries(Object.entries(sections[section]).filter(([name]) => used[section].has(name)))
  return {
    headers: kept('headers'),
    parameters: kept('parameters'),
    responses: kept('responses'),
    schemas: kept('schemas'),
  }
}
