// Names of tables and root functions, from the catalog and its annotations.

import type { CatalogRelation } from '../../../sql/catalog/catalog.ts'
import { type NamedTable, type NameObjects, type Naming, type OwnName, ownNameOf } from '../naming.ts'
import type { Pin } from '../pin.ts'
import type { ObjectAnnotation } from './annotation.ts'
import type { FunctionCandidate } from './deriveFunction.ts'
import type { Drafted } from './draft.ts'
import type { Reuse } from './reuse.ts'
import type { FunctionNames } from './servedFunctions.ts'
import type { DeriveSteps } from './steps.ts'

/** To find a table's own name takes as long as several columns. */
const COLUMNS_PER_OWN_NAME = 5

const tablesOf = (
  relations: readonly CatalogRelation[],
  annotations: ReadonlyMap<string, ObjectAnnotation>,
): readonly NamedTable[] =>
  relations.map(({ oid, name }) => {
    const annotation = annotations.get(oid)
    return {
      table: name,
      given: annotation?.names,
      isRegistered: annotation?.isNameRegistered === true,
      isHidden: annotation?.isHidden === true,
      since: annotation?.since ?? 0,
    }
  })

export const tablePins = (drafts: readonly Drafted[], tables: ReadonlyMap<string, Naming>): readonly Pin[] =>
  drafts.flatMap(({ draft: { object, annotation } }) => {
    const { table, nameSingular, namePlural } = object
    const { names, isNameRegistered } = annotation
    return tables.get(table)?.isContested !== true ||
      isNameRegistered ||
      (names?.nameSingular === nameSingular && names.namePlural === namePlural)
      ? []
      : [{ kind: 'table', table, part: '', names: [nameSingular, namePlural] }]
  })

/** Names that tables have where no other asks for them. */
function* ownNamesOf(
  relations: readonly CatalogRelation[],
  reuse: Reuse,
): DeriveSteps<ReadonlyMap<string, OwnName>> {
  const names = new Map<string, OwnName>()
  for (const { name } of relations) {
    const before = reuse.made()
    const own = reuse.part(
      'own name',
      () => name,
      () => ownNameOf(name),
    )
    names.set(name, own)
    yield reuse.made() === before ? 1 : COLUMNS_PER_OWN_NAME
  }
  return names
}

export interface Namings {
  readonly tables: ReadonlyMap<string, Naming>
  readonly functions: FunctionNames
}

interface ObjectNaming {
  readonly nameObjects: NameObjects
  readonly reuse: Reuse
}

/**
 * Names depend on all tables and functions, and are the same as long as these are.
 * @param functions that ask for root fields
 */
export function* nameTables(
  relations: readonly CatalogRelation[],
  annotations: ReadonlyMap<string, ObjectAnnotation>,
  functions: readonly FunctionCandidate[],
  { nameObjects, reuse }: ObjectNaming,
): DeriveSteps<Namings> {
  const tables = tablesOf(relations, annotations)
  const own = yield* ownNamesOf(relations, reuse)
  const named = reuse.part(
    'object names',
    () => [
      tables,
      functions.map(({ name, kind, fieldName, isNamed, since }) => [name, kind, fieldName, isNamed, since]),
    ],
    () => {
      const found = nameObjects(tables, functions, (table) => own.get(table) ?? ownNameOf(table))
      return { tables: found.tables, functions: functions.map((fn) => found.functions.get(fn)) }
    },
  )
  const ofFunctions = functions.flatMap((fn, index) => {
    const naming = named.functions[index]
    return naming === undefined ? [] : [[fn, naming] as const]
  })
  return { tables: named.tables, functions: new Map(ofFunctions) }
}
