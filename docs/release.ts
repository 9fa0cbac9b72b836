// `npm run release -- 1.2.3` prepares a release: dates the section of the changelog, sets the version in the
// packages and the manifests, and writes the names that clients depend on. It commits and publishes nothing.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { releaseChangelog } from './changelog.ts'

/** Where the image of the current version is named. */
const IMAGE_FILES = [
  'deploy/kubernetes/kustomization.yaml',
  'deploy/kubernetes/migration-job.yaml',
  'docs/how-to/kubernetes.md',
]

const NEXT = `Next:
  1. Read \`git diff\`, and commit it as "chore(release): version VERSION".
  2. Run .ci/run in a clean clone, and npm test.
  3. npm run build && npm run docs:site && npm pack
     Install the file in an empty project, and run npx tenantry start.
  4. git tag vVERSION, push it, build both images from it, and npm publish the file.`

const edit = (path: string, change: (text: string) => string): void =>
  writeFileSync(path, change(readFileSync(path, 'utf8')))

const withVersion = (text: string, version: string): string => {
  const json = JSON.parse(text)
  json.version = version
  if (json.packages?.[''] !== undefined) json.packages[''].version = version
  return `${JSON.stringify(json, null, 2)}\n`
}

const isHigher = (version: string, than: string): boolean =>
  version.localeCompare(than, 'en', { numeric: true }) > 0

/** Changes the files below `root`; nothing if the changelog or the version prevents the release. */
export const prepareRelease = (root: string, version: string, date: string): void => {
  const at = (path: string): string => join(root, path)
  const { version: current }: { version: string } = JSON.parse(readFileSync(at('package.json'), 'utf8'))
  const changelog = releaseChangelog(readFileSync(at('CHANGELOG.md'), 'utf8'), version, date)
  if (!isHigher(version, current)) throw new Error(`${version} is not higher than ${current}.`)
  writeFileSync(at('CHANGELOG.md'), changelog)
  for (const path of ['package.json', 'package-lock.json'])
    edit(at(path), (text) => withVersion(text, version))
  for (const path of IMAGE_FILES)
    edit(at(path), (text) =>
      text
        .replaceAll(`tenantry:${current}`, `tenantry:${version}`)
        .replaceAll(`newTag: ${current}`, `newTag: ${version}`),
    )
}

if (import.meta.main) {
  const [version = ''] = process.argv.slice(2)
  try {
    if (!existsSync('CHANGELOG.md')) throw new Error('Run it in the root of the repository.')
    prepareRelease('.', version, new Date().toISOString().slice(0, 10))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
  execFileSync(process.execPath, ['test/run.ts', 'test/release/names.test.ts'], {
    stdio: 'inherit',
    env: { ...process.env, UPDATE_RELEASE_NAMES: '1' },
  })
  console.log(NEXT.replaceAll('VERSION', version))
}
