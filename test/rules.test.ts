// Rules for every source file, beyond the linter. Each list of exceptions may only shrink: an entry that is
// no longer needed fails.

import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { COMPOSITE_TYPES } from '../tenants/model/compositeType.ts'
import { SCALAR_TYPES } from '../tenants/model/scalarType.ts'
import { directionOf } from './support/direction.ts'
import { functionsOf, readSources, readTexts, type Source, textsOf } from './support/sources.ts'

const MOST_FILE_LINES = 300
const MOST_FUNCTION_LINES = 60
const MOST_FILES_IN_FOLDER = 25
/** As the formatter breaks code (biome.json). */
const LINE_WIDTH = 110

const SERVER = readSources('sql', 'tenants', 'gateway')
const CONSOLE = readSources('console')
const SOURCES = [...SERVER, ...CONSOLE, ...readSources('bin')]

const LONG_FILES: readonly string[] = []

/** The wiring of all parts, most of which need several others, some of them later ones. */
const LONG_FUNCTIONS: readonly string[] = ['gateway/start.ts createGateway']

/** Reading the environment; the second is the bundler's, and no part of the gateway. */
const ENVIRONMENT = ['gateway/environment.ts', 'console/vite.config.ts']

/** Folders (and files beside folders) that still import each other's values in circles. */
const CIRCLES: readonly string[] = []

/** Folders whose comments still run wider than code. */
const WIDE_COMMENTS: readonly string[] = []

/** Pronouns for typed things, and verbs of speech for data. */
const TRANSLATED =
  /\b(who|what|which)ever\b|\b(no|some|any|every)body\b|\b(says?|said|tells?|told|hears?|heard|anew)\b|\bthose (that|which|who)\b|\bthat which\b|\bfor ever\b|\bnot decided here\b/i
/** Headers that restate the types, and negated nouns. */
const TRANSLATED_PHRASES = /\bIn: .*\bout: |(?<!\b[Tt]here\s)\b(is|are) no (?!longer\b|more\b)[a-z]/

/** Folders whose comments still sound translated. */
const TRANSLATED_COMMENTS: readonly string[] = []

/** Exactly the exceptions: none beside the list, and none in it that is not needed. */
const isOnly = (t: ExecutionContext, found: readonly string[], allowed: readonly string[]): void => {
  const distinct = [...new Set(found)]
  t.deepEqual(
    distinct.filter((each) => !allowed.includes(each)),
    [],
    'breaks the rule',
  )
  t.deepEqual(
    allowed.filter((each) => !distinct.includes(each)),
    [],
    'keeps the rule now: take it off the list',
  )
}

test('the sources are read, with their imports and functions', (t) => {
  t.true(SOURCES.length > 500)
  t.true(SOURCES.flatMap(({ imports }) => imports).length > 2_000)
  t.true(SOURCES.flatMap(functionsOf).length > 5_000)
})

test(`no file has more than ${MOST_FILE_LINES} lines`, (t) => {
  const long = SOURCES.filter(({ lines }) => lines.length - 1 > MOST_FILE_LINES)
  isOnly(
    t,
    long.map(({ path }) => path),
    LONG_FILES,
  )
})

test(`no function has more than ${MOST_FUNCTION_LINES} lines`, (t) => {
  const long = SOURCES.flatMap((source) =>
    functionsOf(source)
      .filter(({ lines }) => lines > MOST_FUNCTION_LINES)
      .map(({ name }) => `${source.path} ${name}`),
  )
  isOnly(t, long, LONG_FUNCTIONS)
})

test(`no folder has more than ${MOST_FILES_IN_FOLDER} files side by side`, (t) => {
  const counts = Map.groupBy(SOURCES, ({ path }) => dirname(path))
  for (const [folder, files] of counts)
    t.true(files.length <= MOST_FILES_IN_FOLDER, `${folder} has ${files.length} files`)
})

test('the environment is read in one place', (t) => {
  const reading = SOURCES.filter(({ lines }) => lines.some((line) => line.includes('process.env')))
  isOnly(
    t,
    reading.map(({ path }) => path),
    ENVIRONMENT,
  )
})

test('the console imports only types from the server', (t) => {
  const values = CONSOLE.flatMap(({ path, imports }) =>
    imports
      .filter((each) => !each.isOfTypes && !each.path.startsWith('console/'))
      .map((each) => `${path} imports ${each.path}`),
  )
  t.deepEqual(values, [])
})

test('node:http is read without an import, which loads all of fetch', (t) => {
  const importing = SERVER.filter(({ lines }) =>
    /^import (?!type\b)[^;']* from 'node:http'/m.test(lines.join('\n')),
  )
  t.deepEqual(
    importing.map(({ path }) => path),
    [],
  )
})

/** Parts that only some requests need: each is loaded by the first of them. */
const LOADED_LATER = [
  'gateway/metadata/wiring.ts',
  'gateway/graphql/route.ts',
  'gateway/graphql/schema/describe.ts',
  'gateway/openapi/core.ts',
  'gateway/webhooks/send.ts',
  'tenants/model/document/plan.ts',
]

test('the start loads no part that only some requests need', (t) => {
  const byPath = new Map(SERVER.map((source) => [source.path, source]))
  const loaded = new Set<string>()
  const load = (path: string): void => {
    const source = byPath.get(path)
    if (source === undefined || loaded.has(path)) return
    loaded.add(path)
    for (const each of source.imports) if (!each.isOfTypes) load(each.path)
  }
  for (const entry of ['gateway/process.ts', 'gateway/start.ts', 'gateway/demo/firstStart.ts']) load(entry)
  t.true(loaded.size > 300)
  for (const path of LOADED_LATER) {
    t.true(byPath.has(path), `${path} is in no folder`)
    t.false(loaded.has(path), path)
  }
})

test('folders import values in one direction', (t) => {
  isOnly(t, directionOf(SERVER).circles.flat(), CIRCLES)
})

/** Exported declarations, except the generated types of GraphQL documents. */
const exportedIn = (
  sources: readonly Source[],
): readonly { readonly path: string; readonly name: string }[] =>
  sources
    .filter(({ path }) => !path.endsWith('.graphql.ts'))
    .flatMap(({ path, lines }) =>
      lines.flatMap((line) => {
        const name = /^export (?:const|type|interface|class|(?:async )?function) (\w+)/.exec(line)?.[1]
        return name === undefined ? [] : [{ path, name }]
      }),
    )

for (const [part, sources] of [
  ['server', SERVER],
  ['console', CONSOLE],
] as const)
  test(`an exported name has one meaning in the ${part}`, (t) => {
    const byName = Map.groupBy(exportedIn(sources), ({ name }) => name)
    t.true(byName.size > 100)
    const shared = [...byName].flatMap(([name, places]) => {
      const files = [...new Set(places.map(({ path }) => path))]
      return files.length > 1 ? [`${name}: ${files.join(', ')}`] : []
    })
    t.deepEqual(shared, [])
  })

test('exports of a file are used in another file', (t) => {
  const others = readSources('test', 'bench', 'docs').map(({ lines }) => lines)
  const files = [...SOURCES.map(({ lines }) => lines), ...others]
  const uses = new Map<string, number>()
  for (const lines of files)
    for (const word of new Set(lines.join('\n').match(/\w+/g))) uses.set(word, (uses.get(word) ?? 0) + 1)
  const exported = exportedIn(SOURCES)
  t.true(exported.length > 1_000)
  t.deepEqual(
    exported.filter(({ name }) => (uses.get(name) ?? 0) < 2),
    [],
  )
})

const isWide = ({ lines, commentLines }: Source): boolean =>
  commentLines.some((line) => (lines[line - 1] ?? '').length > LINE_WIDTH)

test('comments are as wide as code', (t) => {
  const wide = SOURCES.filter(isWide).map(({ path }) => dirname(path))
  isOnly(t, wide, WIDE_COMMENTS)
})

/** Comments that stand on lines of their own, each as one text. */
const commentsOf = ({ lines, commentLines }: Source): readonly string[] => {
  const blocks: string[][] = []
  for (const [index, line] of commentLines.entries()) {
    const text = (lines[line - 1] ?? '').replace(/^\s*(\/\/|\/\*+|\*\/?)\s?|\s*\*\/$/g, '')
    if (index > 0 && commentLines[index - 1] === line - 1) blocks.at(-1)?.push(text)
    else blocks.push([text])
  }
  return blocks.map((block) => block.join(' '))
}

test('comments are plain spoken English', (t) => {
  const translated = [...SOURCES, ...readSources('test')].filter((source) =>
    commentsOf(source).some((text) => TRANSLATED.test(text) || TRANSLATED_PHRASES.test(text)),
  )
  isOnly(
    t,
    translated.map(({ path }) => dirname(path)),
    TRANSLATED_COMMENTS,
  )
})

/** Titles that name no subject. */
const WITHOUT_SUBJECT = /\bexamples? \d|^\S+: (?:what|how)\b/i

const TITLE = /\btest(?:\.serial|\.failing)?\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g

test('test titles are plain spoken English', (t) => {
  const titles = readSources('test').flatMap(({ path, lines }) =>
    [...lines.join('\n').matchAll(TITLE)].map((match) => `${path}: ${match[2]}`),
  )
  t.true(titles.length > 1_000)
  t.deepEqual(
    titles.filter((title) => TRANSLATED.test(title) || WITHOUT_SUBJECT.test(title)),
    [],
  )
})

/** Rows of the table of folders in docs/architecture.md. */
const folderRows = (): ReadonlyMap<string, readonly string[]> => {
  const section = readFileSync('docs/architecture.md', 'utf8').split('\n## Folders\n')[1] ?? ''
  return new Map(
    [...section.matchAll(/^\| `([^`]+)` \|[^|]+\|([^|]+)\|$/gm)].map(([, folder = '', allowed = '']) => [
      folder,
      [...allowed.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    ]),
  )
}

/** `sql/wire`, or `sql/*.ts` for a file in `sql` itself. */
const folderOf = (path: string): string => {
  const [first = '', second = '', third] = path.split('/')
  return `${first}/${third === undefined ? '*.ts' : second}`
}

test('the table of folders in docs/architecture.md lists all folders, with what they import', (t) => {
  const rows = folderRows()
  t.deepEqual([...rows.keys()].toSorted(), [...new Set(SERVER.map(({ path }) => folderOf(path)))].toSorted())
  const covers = (name: string, folder: string): boolean => name === folder || folder.startsWith(`${name}/`)
  const unexpected = SERVER.flatMap(({ path, imports }) => {
    const own = folderOf(path)
    const allowed = rows.get(own) ?? []
    return imports
      .filter(({ isOfTypes }) => !isOfTypes)
      .map((each) => folderOf(each.path))
      .filter((folder) => folder !== own && !allowed.some((name) => covers(name, folder)))
      .map((folder) => `${own} imports ${folder}`)
  })
  t.deepEqual([...new Set(unexpected)], [])
})

/** Switches, each with the text up to its closing brace. */
const switchesIn = ({ lines }: Source): readonly string[] =>
  lines.flatMap((line, at) => {
    const indent = /^( *)switch \(/.exec(line)?.[1]
    if (indent === undefined) return []
    const end = lines.indexOf(`${indent}}`, at)
    const own = lines.slice(at, end).filter((each) => new RegExp(`^${indent}  (case|default)\\b`).test(each))
    return [own.join('\n')]
  })

const FIELD_TYPES = [...SCALAR_TYPES, ...COMPOSITE_TYPES]
/** Kinds of values (`ValueKind`) that no other switch has. */
const VALUE_KINDS = ['day', 'texts', 'searchVector']

test('no switch over field types or kinds of values has a default', (t) => {
  const names = [...FIELD_TYPES, ...VALUE_KINDS]
  const overTypes = SOURCES.flatMap((source) =>
    switchesIn(source)
      .filter((text) => names.some((name) => text.includes(`case '${name}':`)))
      .map((text) => ({ path: source.path, text })),
  )
  t.true(overTypes.length > 5)
  for (const { path, text } of overTypes) t.false(/^ *default:/m.test(text), path)
})

/** The tables of field types, and data models. */
const NAMES_FIELD_TYPES = /^tenants\/model\/(?:scalarType|compositeType)\.ts$|^tenants\/model\/standard\//

/** Lines that ask for a field type by its name, beside the definitions of fields. */
const askingForType = ({ lines }: Source): readonly string[] => {
  // GraphQL and Postgres have types of this name.
  const names = FIELD_TYPES.filter((type) => type !== 'UUID').join('|')
  const asking = new RegExp(`(?<!\\btype: )'(?:${names})'|^\\s*(?:${names}):|(?:[!=]==|\\bcase) 'UUID'`)
  return lines.filter((line) => asking.test(line) && !/^\s*(?:\/\/|\*)/.test(line))
}

test('field types are named in their tables alone; other code asks for their properties', (t) => {
  const naming = SERVER.filter(
    ({ path }) => !path.startsWith('sql/') && !NAMES_FIELD_TYPES.test(path),
  ).filter((source) => askingForType(source).length > 0)
  t.deepEqual(
    naming.map(({ path }) => path),
    [],
  )
  const tables = SERVER.filter(({ path }) => NAMES_FIELD_TYPES.test(path))
  t.true(tables.flatMap(askingForType).length > FIELD_TYPES.length)
})

test('every field type is in the metadata API', (t) => {
  const text = readFileSync('gateway/metadata/model/model.graphql', 'utf8')
  const values = /^enum FieldMetadataType \{([^}]*)\}/m.exec(text)?.[1]?.split(/\s+/) ?? []
  t.true(values.length > 20)
  for (const type of FIELD_TYPES) t.true(values.includes(type), type)
})

/** Private words as names of variables and types, or as parts of such names: `laneSlots`. */
const PRIVATE_NAMES =
  /^(strangers?|spenders?|wish(es|ed)?|purse|onion|preamble|lanes?|(un)?told|heard|said|doors?|verdicts?)$/i

const DECLARED = /\b(?:const|let|type|interface|class|function)\s+(\w+|\{[^}]*\}|\[[^\]]*\])/g

/** Of `laneSlots`: `lane` and `Slots`. */
const wordsOf = (declared: string): readonly string[] => declared.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? []

test('declared names are words of the field', (t) => {
  const found = [...SOURCES, ...readSources('test')].flatMap(({ path, lines }) =>
    [...lines.join('\n').matchAll(DECLARED)].flatMap(([, declared = '']) =>
      wordsOf(declared).some((word) => PRIVATE_NAMES.test(word)) ? [`${path}: ${declared}`] : [],
    ),
  )
  t.deepEqual(found, [])
})

/** Texts for readers that still sound translated. */
const TRANSLATED_TEXTS: readonly string[] = []

/** Names of things that the project once had for itself; docs/glossary.md has the field's terms. */
const PRIVATE_WORDS = /\b(preamble|lanes?|spenders?|wish(es|ed)?|upkeep|purse|strangers?|onion|this once)\b/i

/** Turns of phrase of texts for readers: statuses that a thing "is", and words of other languages in English. */
const TURNS =
  /\b(is|are) an? [45]\d\d\b|\bany more\b|\bwhere there (is|are)\b|\b(comes?|came) into use\b|\btakes no [a-z]+(?<!longer)\b|\b(version|page) before(?= (keep|go|do)\b|[.,;])|\banswers? (a )?[2-5]\d\d\b/

const soundsTranslated = (text: string): boolean =>
  TRANSLATED.test(text) || TRANSLATED_PHRASES.test(text) || PRIVATE_WORDS.test(text) || TURNS.test(text)

/** One or two words, twice in a row: "the the", "for a key for a key". In pages, whose tables come from the code. */
const REPEATED = /\b(?!true\b)([a-z]+(?: [a-z]+)?) \1\b(?![.:]\w)/

test('messages, descriptions, comments in SQL and documentation are plain spoken English', (t) => {
  const inCode = SOURCES.filter(({ path }) => path !== 'tenants/demo/words.ts').filter((source) =>
    textsOf(source).some(soundsTranslated),
  )
  const comments = [
    ...readTexts('sql/*.sql'),
    ...readTexts('sql/catalog/*.sql'),
    ...readTexts('sql/functions/*.sql'),
  ].filter(({ text }) => [...text.matchAll(/--.*/g)].some(([comment]) => soundsTranslated(comment)))
  const pages = ['gateway/**/*.graphql', '*.md', 'docs/**/*.md']
    .flatMap(readTexts)
    .filter(({ text }) => soundsTranslated(text) || REPEATED.test(text))
  isOnly(
    t,
    [...inCode, ...comments, ...pages].map(({ path }) => path),
    TRANSLATED_TEXTS,
  )
})

/** Where SQL of tenant requests is written; counts.ts asks the catalog how large a table is. */
const COMPILERS = /^gateway\/(?:records\/|metadata\/model\/counts\.ts)/

test('one engine: tenant SQL is compiled in gateway/records, and nothing runs on Grafast', (t) => {
  const gateway = SERVER.filter(({ path }) => path.startsWith('gateway/'))
  t.true(gateway.length > 100)
  for (const { path, imports, lines } of gateway) {
    const names = imports.map((each) => each.path)
    if (!COMPILERS.test(path)) t.false(names.includes('sql/placeholder.ts'), path)
    t.false(
      lines.some((line) => /from 'postgraphile\/(?:grafast|@dataplan)/.test(line)),
      path,
    )
  }
})
