// Plans the renames of a document, before anything else: objects first, then fields. Something that already
// has its new name, or has neither name, is not renamed, so a document may be applied repeatedly, and to
// workspaces that never had the old name.

import { planUpdateField } from '../change/field/fieldUpdate.ts'
import { planUpdateObject } from '../change/object/objectUpdate.ts'
import type { SchemaChange, Step } from '../change/run/schemaChange.ts'
import type { Described } from '../describe/catalogRef.ts'
import { describeInSteps } from '../describe/describe.ts'
import type { DeriveSteps } from '../read/steps.ts'
import type { ModelChange, PropertyChange } from './diff.ts'
import type { DocumentRename, ModelDocument } from './document.ts'
import { fieldNamed } from './drops.ts'
import { afterRenames } from './simulateRenames.ts'

interface PlannedRenames {
  readonly schemaChanges: readonly SchemaChange[]
  readonly changes: readonly ModelChange[]
  readonly described: Described
}

interface Planned {
  readonly schemaChange: SchemaChange
  readonly change: ModelChange
}

type PlanRename = (before: Described, rename: DocumentRename, want: ModelDocument) => Planned | undefined

const differing = (now: object, wanted: object): readonly PropertyChange[] =>
  Object.entries(wanted).flatMap(([name, after]: readonly [string, unknown]) => {
    const before: unknown = Reflect.get(now, name)
    return before === after ? [] : [{ name, before, after }]
  })

const changeOf = (
  kind: ModelChange['kind'],
  { object, field }: DocumentRename,
  properties: readonly PropertyChange[],
): ModelChange => ({ kind, object, field, index: null, isDestructive: false, properties })

const renameObject: PlanRename = (before, rename, want) => {
  const named = (name: string) => before.metadata.objects.find(({ nameSingular }) => nameSingular === name)
  const wanted = want.objects.find(({ nameSingular }) => nameSingular === rename.object)
  const now = named(rename.from)
  if (wanted === undefined || now === undefined || named(rename.object) !== undefined) return undefined
  const { nameSingular, namePlural, labelSingular, labelPlural, isLabelSyncedWithName } = wanted
  const update = { nameSingular, namePlural, labelSingular, labelPlural, isLabelSyncedWithName }
  return {
    schemaChange: planUpdateObject(now.id, update)(before),
    change: changeOf('RENAME_OBJECT', rename, differing(now, update)),
  }
}

const renameField: PlanRename = (before, rename, want) => {
  const wanted = want.objects
    .find(({ nameSingular }) => nameSingular === rename.object)
    ?.fields.find(({ name }) => name === rename.field)
  const field = fieldNamed(before, rename.object, rename.from)
  if (wanted === undefined || field?.face !== 'own') return undefined
  if (fieldNamed(before, rename.object, wanted.name) !== undefined) return undefined
  const now = field.metadata
  const { name, label, isLabelSyncedWithName } = wanted
  const update = { name, label, isLabelSyncedWithName }
  return {
    schemaChange: planUpdateField(now.id, update)(before),
    change: changeOf('RENAME_FIELD', rename, differing(now, update)),
  }
}

/** Repeats until no rename is possible: freeing a name may have to come before taking it. */
function* planAll(
  before: Described,
  renames: readonly DocumentRename[],
  want: ModelDocument,
  plan: PlanRename,
): DeriveSteps<{ readonly planned: readonly Planned[]; readonly described: Described }> {
  const planned: Planned[] = []
  let described = before
  let waiting = renames
  for (let isMoving = true; isMoving; ) {
    isMoving = false
    for (const rename of waiting) {
      const found = plan(described, rename, want)
      yield 1
      if (found === undefined) continue
      planned.push(found)
      described = yield* describeInSteps(afterRenames(described.sources, found.schemaChange))
      waiting = waiting.filter((each) => each !== rename)
      isMoving = true
    }
  }
  return { planned, described }
}

/**
 * The steps as people read them in advance: locks and rows under the names that the tables have at that
 * point.
 */
export const inOldWords = (steps: readonly Step[]): readonly Step[] => {
  const old = new Map<string, string>()
  const inOld = <T extends { readonly table: string }>(place: T): T => ({
    ...place,
    table: old.get(place.table) ?? place.table,
  })
  return steps.map((step) => {
    const { locks, rows, renamed } = step
    const inOldNames = {
      ...step,
      ...(locks === undefined ? {} : { locks: locks.map(inOld) }),
      ...(rows === undefined ? {} : { rows: rows.map(inOld) }),
    }
    if (renamed?.kind === 'table') old.set(renamed.to, old.get(renamed.from) ?? renamed.from)
    return inOldNames
  })
}

/** In steps. */
export function* renamesInSteps(before: Described, want: ModelDocument): DeriveSteps<PlannedRenames> {
  const renames = want.renames ?? []
  const objects = yield* planAll(
    before,
    renames.filter(({ field }) => field === null),
    want,
    renameObject,
  )
  const fields = yield* planAll(
    objects.described,
    renames.filter(({ field, option }) => field !== null && option === null),
    want,
    renameField,
  )
  const planned = [...objects.planned, ...fields.planned]
  return {
    schemaChanges: planned.map(({ schemaChange }) => schemaChange),
    changes: planned.map(({ change }) => change),
    described: fields.described,
  }
}
