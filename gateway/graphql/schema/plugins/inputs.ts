// Input types of composites and objects: filters, orders and the data of writes. gateway/records compiles the
// coerced input at run time. Filters of single values are in filters.ts.

import type {} from 'postgraphile'
import { GraphQLList } from 'postgraphile/graphql'
import { COMPOSITES, type Composite, type CompositePart } from '../../../../tenants/model/compositeType.ts'
import type { ModelField, ObjectModel, ScalarField, ToOneField } from '../../../../tenants/model/model.ts'
import { SCALARS } from '../../../../tenants/model/scalarType.ts'
import { givenFields } from '../../../../tenants/model/writable.ts'
import { QUANTIFIERS } from '../../../records/read/condition.ts'
import type { Vocabulary } from '../vocabulary.ts'
import { relationInputName } from './connectInputs.ts'
import { type InputFields, registerInput } from './registerInput.ts'

type Build = GraphileBuild.Build

/** Name of a composite's filter. */
const compositeFilterName = ({ graphqlName, graphqlFilter }: Composite): string =>
  graphqlFilter ?? `${graphqlName}FilterInput`

const registerComposites = (build: Build, vocabulary: Vocabulary): void => {
  for (const composite of Object.values(COMPOSITES)) {
    const { graphqlName: name, parts } = composite
    const fieldsOf = (among: readonly CompositePart[], typeName: (part: CompositePart) => string) => () =>
      Object.fromEntries(among.map((part) => [part.name, { type: build.getInputTypeByName(typeName(part)) }]))
    registerInput(
      build,
      compositeFilterName(composite),
      fieldsOf(parts, (part) => vocabulary.part(part).filter),
    )
    registerInput(
      build,
      `${name}OrderByInput`,
      fieldsOf(
        parts.filter((part) => SCALARS[part.type].isOrdered),
        () => 'OrderByDirection',
      ),
    )
    for (const mode of ['Create', 'Update'])
      registerInput(
        build,
        `${name}${mode}Input`,
        fieldsOf(
          // Clients send a record back as they read it, including the server's parts.
          parts.filter((part) => mode === 'Update' || part.serverOnly !== true),
          (part) => vocabulary.part(part).input,
        ),
      )
  }
}

const filterTypeName = (vocabulary: Vocabulary, object: ObjectModel, field: ModelField): string | null => {
  switch (field.kind) {
    case 'scalar':
      return vocabulary.scalar(object, field).filter
    case 'composite':
      return compositeFilterName(COMPOSITES[field.type])
    case 'toOne': {
      const target = vocabulary.byTable.get(field.target)
      return target === undefined ? null : `${target.typeName}FilterInput`
    }
    case 'toMany': {
      const target = vocabulary.byTable.get(field.target)
      return target === undefined ? null : `${target.typeName}QuantifierInput`
    }
  }
}

const isOrdered = (field: ModelField): boolean =>
  field.kind === 'composite' || (field.kind === 'scalar' && SCALARS[field.type].isOrdered)

/** Whether an object has sortable fields; GraphQL does not allow a type without fields. */
export const isOrderable = (object: ObjectModel): boolean => [...object.fields.values()].some(isOrdered)

const orderTypeName = (vocabulary: Vocabulary, field: ModelField): string | null => {
  switch (field.kind) {
    case 'scalar':
      return isOrdered(field) ? 'OrderByDirection' : null
    case 'composite':
      return `${COMPOSITES[field.type].graphqlName}OrderByInput`
    case 'toOne': {
      const target = vocabulary.byTable.get(field.target)
      return target !== undefined && isOrderable(target) ? `${target.typeName}OrderByInput` : null
    }
    case 'toMany':
      return null
  }
}

/** Whether the relation's foreign key can be written. */
const isConnectable = (object: ObjectModel, field: ModelField): field is ToOneField =>
  field.kind === 'toOne' && field.columns.every((name) => object.columns.get(name)?.writable === true)

const dataType = (build: Build, vocabulary: Vocabulary, object: ObjectModel, field: ScalarField) => {
  const { input, isList } = vocabulary.scalar(object, field)
  const type = build.getInputTypeByName(input)
  return isList ? new GraphQLList(type) : type
}

const registerObject = (build: Build, vocabulary: Vocabulary, object: ObjectModel): void => {
  const { typeName } = object
  const fields = [...object.fields.values()]
  const named = (typeNameOf: (field: ModelField) => string | null): InputFields =>
    Object.fromEntries(
      fields.flatMap((field) => {
        const name = typeNameOf(field)
        return name === null ? [] : [[field.name, { type: build.getInputTypeByName(name) }]]
      }),
    )

  registerInput(build, `${typeName}FilterInput`, () => {
    const self = build.getInputTypeByName(`${typeName}FilterInput`)
    const groups = new GraphQLList(self)
    return {
      ...named((field) => filterTypeName(vocabulary, object, field)),
      and: { type: groups },
      or: { type: groups },
      not: { type: self },
    }
  })
  // How many of the related records must match a filter.
  registerInput(build, `${typeName}QuantifierInput`, () =>
    Object.fromEntries(
      QUANTIFIERS.map((name) => [name, { type: build.getInputTypeByName(`${typeName}FilterInput`) }]),
    ),
  )
  registerInput(build, `${typeName}OrderByInput`, () => named((field) => orderTypeName(vocabulary, field)))
  for (const mode of ['Create', 'Update'] as const) {
    // GraphQL does not allow a type without fields.
    if (givenFields(object, mode).length === 0) continue
    registerInput(build, `${typeName}${mode}Input`, () => ({
      ...Object.fromEntries(
        givenFields(object, mode).map((field) => [
          field.name,
          {
            type:
              field.kind === 'scalar'
                ? dataType(build, vocabulary, object, field)
                : build.getInputTypeByName(`${COMPOSITES[field.type].graphqlName}${mode}Input`),
          },
        ]),
      ),
      ...named((field) => (isConnectable(object, field) ? relationInputName(vocabulary, field) : null)),
    }))
  }
}

export const createInputsPlugin = (vocabulary: Vocabulary): GraphileConfig.Plugin => ({
  name: 'TenantryInputsPlugin',
  version: '1.0.0',
  schema: {
    hooks: {
      init(_, build) {
        registerComposites(build, vocabulary)
        for (const object of vocabulary.objects) registerObject(build, vocabulary, object)
        return _
      },
    },
  },
})
