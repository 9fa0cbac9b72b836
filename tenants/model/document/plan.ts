// Plans one schema change from a model to a document. Each step starts from the simulated result of those
// before it (simulate.ts), so a plan is the same in a dry run.

import type { SchemaChange } from '../change/run/schemaChange.ts'
import type { Described } from '../describe/catalogRef.ts'
import { describe } from '../describe/describe.ts'
import { type Created, planNewFields, planNewLinks, planNewObjects, together } from './creates.ts'
import { diffDocuments, type ModelChange } from './diff.ts'
import { isValueDocument, type ModelDocument, type ObjectDocument } from './document.ts'
import { planDrops } from './drops.ts'
import { exportModel } from './export.ts'
import { inOldWords, planRenames } from './renames.ts'
import { withComing, withoutDropped } from './simulate.ts'
import { joined, planSearchVector, planUpdate, planWantedIndex } from './updates.ts'

interface ModelPlan {
  readonly changes: readonly ModelChange[]
  readonly schemaChange: SchemaChange
}

const simulateCreated = (before: Described, { coming, objects, fields }: Created): Described =>
  describe(withComing(before.sources, coming, objects, fields), before.names)

const isNew = (
  changes: readonly ModelChange[],
  kind: ModelChange['kind'],
  object: string,
  field: string | null,
) => changes.some((each) => each.kind === kind && each.object === object && each.field === field)

/** Fields of objects in two kinds: value fields and relations. */
const planValues = (before: Described, changes: readonly ModelChange[], want: ModelDocument): Created => {
  const created = want.objects.filter(({ nameSingular }) =>
    isNew(changes, 'CREATE_OBJECT', nameSingular, null),
  )
  const grown = want.objects.filter((object) => !created.includes(object))
  const fieldsOf = ({ nameSingular, fields }: ObjectDocument) =>
    fields.filter(isValueDocument).filter(({ name }) => isNew(changes, 'CREATE_FIELD', nameSingular, name))
  return together([
    planNewObjects(before, created),
    ...grown.map((object) => planNewFields(before, object.nameSingular, fieldsOf(object))),
  ])
}

const planLinks = (before: Described, want: ModelDocument): Created =>
  together(
    want.objects.flatMap(({ nameSingular, fields }) =>
      fields.flatMap((field) => (isValueDocument(field) ? [] : [planNewLinks(before, nameSingular, field)])),
    ),
  )

const planRest = (before: Described, want: ModelDocument): ModelPlan => {
  const changes = diffDocuments(exportModel(before), want)
  const drops = planDrops(before, changes, want)
  const emptied = describe(withoutDropped(before.sources, drops.gone))
  // A replaced field is dropped and created.
  const missing = diffDocuments(exportModel(emptied), want)
  const values = planValues(emptied, missing, want)
  const filled = simulateCreated(emptied, values)
  const links = planLinks(filled, want)
  const linked = simulateCreated(filled, links)
  // The remaining changes are differing properties and indexes.
  const rest = diffDocuments(exportModel(linked), want)
  const wanted = new Map(want.objects.map((object) => [object.nameSingular, object]))
  const updates = rest.flatMap((change) => {
    const object = wanted.get(change.object)
    const isMade = changes.some(
      ({ kind, object: name }) => kind === 'CREATE_OBJECT' && name === change.object,
    )
    if (object === undefined) return []
    if (change.kind === 'CREATE_INDEX') return [planWantedIndex(linked, change, object)]
    return isMade || isNew(missing, 'CREATE_FIELD', change.object, change.field)
      ? []
      : planUpdate(linked, change, object, want)
  })
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

/** Renames first, then everything else. */
export const planDocument = (before: Described, want: ModelDocument): ModelPlan => {
  const renames = planRenames(before, want)
  const { changes, schemaChange } = planRest(renames.described, want)
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

/** The changes that a document asks for, including renames. */
export const changesTo = (before: Described, want: ModelDocument): readonly ModelChange[] => {
  const { changes, described } = planRenames(before, want)
  return [...changes, ...diffDocuments(exportModel(described), want)]
}
