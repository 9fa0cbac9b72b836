// Preparing a release, on a copy of the files that it changes.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { entriesOf, releaseChangelog } from '../../docs/changelog.ts'
import { prepareRelease } from '../../docs/release.ts'

const DATE = '2030-01-31'
const CHANGED = [
  'CHANGELOG.md',
  'package.json',
  'package-lock.json',
  'deploy/kubernetes/kustomization.yaml',
  'deploy/kubernetes/migration-job.yaml',
  'docs/how-to/kubernetes.md',
]

/** Right after a release nothing is unreleased. */
const withEntry = (changelog: string): string =>
  changelog.replace(
    /^## \[Unreleased\]\n\n(?=## \[)/m,
    '## [Unreleased]\n\n### Added\n\n- The entry of a test.\n\n',
  )

const copied = (t: ExecutionContext): { root: string; read: (path: string) => string } => {
  const root = mkdtempSync(join(tmpdir(), 'tenantry-release-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  for (const path of CHANGED) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    cpSync(path, join(root, path))
  }
  const changelog = join(root, 'CHANGELOG.md')
  writeFileSync(changelog, withEntry(readFileSync(changelog, 'utf8')))
  return { root, read: (path) => readFileSync(join(root, path), 'utf8') }
}

test('a release dates the changelog, keeps all of its entries and sets the version everywhere', (t) => {
  const { root, read } = copied(t)
  const before = read('CHANGELOG.md')
  const { version: current }: { version: string } = JSON.parse(read('package.json'))
  prepareRelease(root, '99.1.0', DATE)
  const after = read('CHANGELOG.md')
  t.true(after.includes(`## [Unreleased]\n\n## [99.1.0] - ${DATE}\n`))
  t.deepEqual(entriesOf(after), entriesOf(before))
  const lock = JSON.parse(read('package-lock.json'))
  t.deepEqual(
    [JSON.parse(read('package.json')).version, lock.version, lock.packages[''].version],
    ['99.1.0', '99.1.0', '99.1.0'],
  )
  for (const path of CHANGED.slice(3)) {
    t.true(read(path).includes('99.1.0'), path)
    t.false(read(path).includes(current), path)
  }
  // Nothing else changes: both files of npm keep their form.
  for (const path of ['package.json', 'package-lock.json'])
    t.is(read(path).replaceAll('"99.1.0"', `"${current}"`), readFileSync(path, 'utf8'))
  const files = CHANGED.map(read)
  t.throws(() => prepareRelease(root, '99.1.0', DATE), { message: /has the version 99.1.0 already/ })
  t.throws(() => prepareRelease(root, '0.0.9', DATE), { message: /is empty/ })
  t.deepEqual(CHANGED.map(read), files)
})

test('a changelog that is not ready is refused, with the reasons', (t) => {
  const text = (unreleased: string): string =>
    `# Changelog\n\n## [Unreleased]\n\n${unreleased}\n\n## [0.1.0] - 2026-01-01\n`
  const refusals: readonly (readonly [string, RegExp])[] = [
    ['', /Unreleased is empty/],
    ['### Added\n\n- One\n  thing.\n- Two.\n- One thing.', /appears twice: - One thing\./],
    ['### Added\n\n- One.\n\n### Added\n\n- Two.', /"Added" appears twice/],
    ['### Improved\n\n- One.', /"Improved" is not one of Added, /],
  ]
  for (const [unreleased, message] of refusals)
    t.throws(() => releaseChangelog(text(unreleased), '0.2.0', DATE), { message })
  t.throws(() => releaseChangelog('# Changelog\n', '0.2.0', DATE), { message: /has no section/ })
  t.throws(() => releaseChangelog(text('### Added\n\n- One.'), 'v0.2', DATE), { message: /not a version/ })
  t.is(
    releaseChangelog(text('### Added\n\n- One.'), '0.2.0', DATE),
    `# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - ${DATE}\n\n### Added\n\n- One.\n\n## [0.1.0] - 2026-01-01\n`,
  )
})

test('the changelog is ready for a release', (t) => {
  t.notThrows(() => releaseChangelog(withEntry(readFileSync('CHANGELOG.md', 'utf8')), '99.1.0', DATE))
})

test('the command names what prevents a release', (t) => {
  const run = (): string =>
    execFileSync(process.execPath, ['docs/release.ts', '0.2'], { encoding: 'utf8', stdio: 'pipe' })
  const { stderr, status }: { stderr?: string; status?: number } = t.throws(run, { any: true }) ?? {}
  t.is(status, 1)
  t.regex(String(stderr), /"0.2" is not a version/)
})
