// Input types that connect a record to another: `CompanyRelationInput {connect {where} disconnect}`. A record
// is named by something unique: its key, unique fields, unique sub-fields of composites.
// gateway/records/write/connect.ts compiles them.

import type {} from 'postgraphile'
import { GraphQLBoolean } from 'postgraphile/graphql'
import { fieldTypeStem } from '../../../../tenants/model/fieldTypeName.ts'
import type { ModelField, ObjectModel, ToOneField } from '../../../../tenants/model/model.ts'
import type { Vocabulary } from '../vocabulary.ts'
import { registerInput } from './registerInput.ts'

type Build = GraphileBuild.Build

const uniqueColumns = (object: ObjectModel): ReadonlySet<string> =>
  new Set([...object.key, ...object.uniqueKeys.flatMap(({ columns }) => columns)])

/** Whether a field or part of it identifies a record. */
const isUnique = (field: ModelField, unique: ReadonlySet<string>): boolean => {
  if (field.kind === 'scalar') return unique.has(field.column.name)
  return field.kind === 'composite' && field.parts.some(({ column }) => unique.has(column.name))
}

const uniqueFields = (object: ObjectModel): readonly ModelField[] => {
  const unique = uniqueColumns(object)
  return [...object.fields.values()].filter((field) => isUnique(field, unique))
}

/** The input type of a relation; null if nothing identifies its target. */
export const relationInputName = (vocabulary: Vocabulary, field: ToOneField): string | null => {
  const target = vocabulary.byTable.get(field.target)
  return target === undefined || uniqueFields(target).length === 0 ? null : `${target.typeName}RelationInput`
}

/** Registers the type of a composite's unique sub-fields and returns its name. */
const registerComposite = (
  build: Build,
  vocabulary: Vocabulary,
  object: ObjectModel,
  field: Extract<ModelField, { kind: 'composite' }>,
): string => {
  const unique = uniqueColumns(object)
  const name = `${fieldTypeStem(object.nameSingular, field.name)}WhereInput`
  registerInput(build, name, () =>
    Object.fromEntries(
      field.parts
        .filter(({ column }) => unique.has(column.name))
        .map(({ part }) => [part.name, { type: build.getInputTypeByName(vocabulary.part(part).input) }]),
    ),
  )
  return name
}

const registerObject = (build: Build, vocabulary: Vocabulary, object: ObjectModel): void => {
  const { typeName } = object
  const names = uniqueFields(object).flatMap((field): [string, string][] => {
    if (field.kind === 'scalar') return [[field.name, vocabulary.scalar(object, field).input]]
    return field.kind === 'composite'
      ? [[field.name, registerComposite(build, vocabulary, object, field)]]
      : []
  })
  if (names.length === 0) return
  registerInput(build, `${typeName}WhereUniqueInput`, () =>
    Object.fromEntries(names.map(([field, type]) => [field, { type: build.getInputTypeByName(type) }])),
  )
  registerInput(build, `${typeName}ConnectInput`, () => ({
    where: { type: build.getInputTypeByName(`${typeName}WhereUniqueInput`) },
  }))
  registerInput(build, `${typeName}RelationInput`, () => ({
    connect: { type: build.getInputTypeByName(`${typeName}ConnectInput`) },
    disconnect: { type: GraphQLBoolean },
  }))
}

export const createConnectInputsPlugin = (vocabulary: Vocabulary): GraphileConfig.Plugin => ({
  name: 'TenantryConnectInputsPlugin',
  version: '1.0.0',
  schema: {
    hooks: {
      init(_, build) {
        for (const object of vocabulary.objects) registerObject(build, vocabulary, object)
        return _
      },
    },
  },
})
