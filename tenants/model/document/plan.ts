// Plans one schema change from a model to a document. Each step starts from the simulated result of those
// before it (simulate.ts), so a plan is the same in a dry run. Planned in steps, between which others are
// served: a model of 300 objects takes half a second.

import type { SchemaChange } from '../change/run/schemaChange.ts'
import type { Described } from '../describe/catalogRef.ts'
import { describeInSteps } from '../describe/describe.ts'
import type { DeriveSteps } from '../read/steps.ts'
import { type Created, newObjectsInSteps, planNewFields, planNewLinks, together } from './creates.ts'
import { diffInSteps, type ModelChange } from './diff.ts'
import { isValueDocument, type ModelDocument, type ObjectDocument } from './document.ts'
import { planDrops } from './drops.ts'
import { exportInSteps } from './export.ts'
import { inOldWords, renamesInSteps } from './renames.ts'
import { withComing, withoutDropped } from './simulate.ts'
import { joined, planSearchVector, planUpdate, planWantedIndex, type Updated } from './updates.ts'

interface ModelPlan {
  readonly changes: readonly ModelChange[]
  readonly schemaChange: SchemaChange
}

/** Fields that a change counts as: the plan of each looks through the whole model, so it is a slice. */
const PER_CHANGE = 300

function* differencesTo(described: Described, want: ModelDocument): DeriveSteps<readonly ModelChange[]> {
  return yield* diffInSteps(yield* exportInSteps(described), want)
}

const simulateCreated = (before: Described, { coming, objects, fields }: Created): DeriveSteps<Described> =>
  describeInSteps(withComing(before.sources, coming, objects, fields), { names: before.names })

type IsMade = (kind: 'CREATE_OBJECT' | 'CREATE_FIELD', object: string, field: string | null) => boolean

const creationsIn = (changes: readonly ModelChange[]): IsMade => {
  const keyOf = (kind: string, object: string, field: string | null): string =>
    JSON.stringify([kind, object, field])
  const made = new Set(changes.map(({ kind, object, field }) => keyOf(kind, object, field)))
  return (kind, object, field) => made.has(keyOf(kind, object, field))
}

/** Fields of objects in two kinds: value fields and relations. */
function* planValues(before: Described, isMade: IsMade, want: ModelDocument): DeriveSteps<Created> {
  const isNew = ({ nameSingular }: ObjectDocument): boolean => isMade('CREATE_OBJECT', nameSingular, null)
  const parts = [yield* newObjectsInSteps(before, want.objects.filter(isNew))]
  for (const object of want.objects) {
    if (isNew(object)) continue
    const { nameSingular } = object
    const fields = object.fields
      .filter(isValueDocument)
      .filter(({ name }) => isMade('CREATE_FIELD', nameSingular, name))
    parts.push(planNewFields(before, nameSingular, fields))
    yield object.fields.length
  }
  return together(parts)
}

function* planLinks(before: Described, want: ModelDocument): DeriveSteps<Created> {
  const parts: Created[] = []
  for (const { nameSingular, fields } of want.objects) {
    for (const field of fields) {
      if (isValueDocument(field)) continue
      parts.push(planNewLinks(before, nameSingular, field))
      yield PER_CHANGE
    }
    yield fields.length
  }
  return together(parts)
}

/** The remaining changes are differing properties and indexes. */
function* planUpdates(
  linked: Described,
  want: ModelDocument,
  isCreated: (change: ModelChange) => boolean,
): DeriveSteps<readonly Updated[]> {
  const wanted = new Map(want.objects.map((object) => [object.nameSingular, object]))
  const updates: Updated[] = []
  for (const change of yield* differencesTo(linked, want)) {
    const object = wanted.get(change.object)
    if (object === undefined) continue
    if (change.kind === 'CREATE_INDEX') updates.push(planWantedIndex(linked, change, object))
    else if (!isCreated(change)) updates.push(...planUpdate(linked, change, object, want))
    yield PER_CHANGE
  }
  return updates
}

function* planRest(before: Described, want: ModelDocument): DeriveSteps<ModelPlan> {
  const changes = yield* differencesTo(before, want)
  const drops = planDrops(before, changes, want)
  const emptied = yield* describeInSteps(withoutDropped(before.sources, drops.gone))
  // A replaced field is dropped and created.
  const isMissing = creationsIn(yield* differencesTo(emptied, want))
  const values = yield* planValues(emptied, isMissing, want)
  const filled = yield* simulateCreated(emptied, values)
  const links = yield* planLinks(filled, want)
  const linked = yield* simulateCreated(filled, links)
  const isMade = creationsIn(changes)
  const updates = yield* planUpdates(
    linked,
    want,
    ({ object, field }) => isMade('CREATE_OBJECT', object, null) || isMissing('CREATE_FIELD', object, field),
  )
  const wanted = new Map(want.objects.map((object) => [object.nameSingular, object]))
  const vectors = [...drops.vectorless].flatMap((id) => {
    const object = wanted.get(linked.objects.get(id)?.model.nameSingular ?? '')
    return object === undefined ? [] : [planSearchVector(linked, id, object)]
  })
  return {
    changes,
    schemaChange: {
      id: '',
      ...joined([{ steps: drops.steps, forgotten: drops.forgotten }, values, links, ...updates, ...vectors]),
    },
  }
}

/** Renames first, then everything else. In steps that count columns and fields. */
export function* planInSteps(before: Described, want: ModelDocument): DeriveSteps<ModelPlan> {
  const renames = yield* renamesInSteps(before, want)
  const { changes, schemaChange } = yield* planRest(renames.described, want)
  const { steps, afterwards, ...rest } = joined([...renames.schemaChanges, schemaChange])
  const readable = inOldWords([...steps, ...afterwards])
  return {
    changes: [...renames.changes, ...changes],
    schemaChange: {
      id: '',
      ...rest,
      steps: readable.slice(0, steps.length),
      afterwards: readable.slice(steps.length),
    },
  }
}

/** The changes that a document asks for, including renames. In the same steps. */
export function* changesInSteps(before: Described, want: ModelDocument): DeriveSteps<readonly ModelChange[]> {
  const { changes, described } = yield* renamesInSteps(before, want)
  return [...changes, ...(yield* differencesTo(described, want))]
}
