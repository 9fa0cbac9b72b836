// Root fields that read: `companies` and `company` per object. In: a shape; out: a plugin that adds them to Query.

import type { PgSelectQueryBuilder } from 'postgraphile/@dataplan/pg'
import { constant, type FieldArgs, lambda, type Step } from 'postgraphile/grafast'
import { GraphQLBoolean, GraphQLNonNull } from 'postgraphile/graphql'
import type { ObjectModel } from '../../../tenants/model/model.ts'
import { compileFilter } from '../../records/read/filter.ts'
import { createFragmentEmitter, ROW } from '../steps/fragment.ts'
import { planList } from '../steps/list.ts'
import { existing } from '../steps/record.ts'
import { viewOf } from '../view.ts'
import { listArguments, resourceOf } from './objects.ts'
import type { Shape } from './shape.ts'

type Build = GraphileBuild.Build

const listField = (build: Build, { model }: Shape, object: ObjectModel) => {
  const resource = resourceOf(build, object)
  return {
    type: build.getOutputTypeByName(`${object.typeName}Connection`),
    args: listArguments(build, object),
    plan: (_$root: Step, args: FieldArgs) => planList(model, object, resource.find(), args, false),
  }
}

const recordField = (build: Build, shape: Shape, object: ObjectModel) => {
  const resource = resourceOf(build, object)
  const filterType = build.getInputTypeByName(`${object.typeName}FilterInput`)
  return {
    type: build.getOutputTypeByName(object.typeName),
    args: { filter: { type: new GraphQLNonNull(filterType) } },
    plan: (_$root: Step, args: FieldArgs) => {
      const view = viewOf(shape.model, object)
      const $select = resource.find()
      $select.apply(
        lambda(args.getRaw('filter'), (filter) => (qb: PgSelectQueryBuilder) => {
          const e = createFragmentEmitter()
          qb.where(e.fragment(compileFilter(e, view.model, view.object, ROW, filter), qb.alias))
        }),
      )
      $select.setFirst(constant(1))
      return existing($select)
    },
  }
}

/** GraphQL has no schema without a field to ask for. */
const NO_OBJECTS = {
  _empty: {
    type: GraphQLBoolean,
    description: 'Always null. There is no object to ask for yet.',
    plan: () => constant(null),
  },
}

export const createQueriesPlugin = (shape: Shape): GraphileConfig.Plugin => ({
  name: 'TenantryQueriesPlugin',
  version: '1.0.0',
  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope }) {
        if (!scope.isRootQuery) return fields
        if (shape.vocabulary.objects.length === 0) return build.extend(fields, NO_OBJECTS, 'Tenantry')
        const added = shape.vocabulary.objects.flatMap((object) => [
          [object.namePlural, listField(build, shape, object)] as const,
          [object.nameSingular, recordField(build, shape, object)] as const,
        ])
        return build.extend(fields, Object.fromEntries(added), 'Tenantry')
      },
    },
  },
})
