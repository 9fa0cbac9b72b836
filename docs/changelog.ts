// The text of CHANGELOG.md, in the form of Keep a Changelog: a version is a section, and a kind of change
// (Added, Changed, …) a part of it.

const KINDS = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'] as const

const UNRELEASED = '## [Unreleased]'
const VERSION = /^\d+\.\d+\.\d+$/

/** Bullets with their continuation lines, each joined to one line. */
export const entriesOf = (section: string): readonly string[] =>
  [...section.matchAll(/^- .*(?:\n {2}.*)*/gm)].map(([entry]) => entry.replace(/\s+/g, ' '))

const partsOf = (changelog: string): { before: string; unreleased: string; after: string } => {
  const start = changelog.indexOf(`${UNRELEASED}\n`)
  if (start < 0) throw new Error(`CHANGELOG.md has no section "${UNRELEASED}".`)
  const from = start + UNRELEASED.length
  const next = changelog.indexOf('\n## [', from)
  const end = next < 0 ? changelog.length : next
  return {
    before: changelog.slice(0, start),
    unreleased: changelog.slice(from, end).trim(),
    after: changelog.slice(end).trimStart(),
  }
}

/** Faults of the section that would become a release; empty if there are none. */
const faultsOf = (section: string): readonly string[] => {
  const kinds = [...section.matchAll(/^### (.*)$/gm)].map(([, kind = '']) => kind)
  const entries = entriesOf(section)
  return [
    ...(entries.length === 0 ? ['The section Unreleased is empty.'] : []),
    ...kinds
      .filter((kind) => !KINDS.some((known) => known === kind))
      .map((kind) => `"${kind}" is not one of ${KINDS.join(', ')}.`),
    ...kinds.filter((kind, at) => kinds.indexOf(kind) < at).map((kind) => `"${kind}" appears twice.`),
    ...entries
      .filter((entry, at) => entries.indexOf(entry) < at)
      .map((entry) => `This entry appears twice: ${entry}`),
  ]
}

/**
 * The changelog after a release: the entries of Unreleased are those of the version, and Unreleased is empty.
 * `date` is like 2026-11-30. Throws an error that lists what prevents it.
 */
export const releaseChangelog = (changelog: string, version: string, date: string): string => {
  if (!VERSION.test(version)) throw new Error(`"${version}" is not a version such as 1.2.3.`)
  if (changelog.includes(`\n## [${version}]`))
    throw new Error(`CHANGELOG.md has the version ${version} already.`)
  const { before, unreleased, after } = partsOf(changelog)
  const faults = faultsOf(unreleased)
  if (faults.length > 0) throw new Error(`CHANGELOG.md is not ready:\n${faults.join('\n')}`)
  const sections = [UNRELEASED, `## [${version}] - ${date}\n\n${unreleased}`, after.trimEnd()]
  return `${before}${sections.filter((text) => text !== '').join('\n\n')}\n`
}
