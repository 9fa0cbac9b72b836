// `companyDuplicates` and `mergeCompanies`, for objects with duplicate criteria. In: a shape; out: a plugin that adds them to Query and
// Mutation. What a duplicate is, and what becomes of records that are merged, is compiled by gateway/query.

import {
  constant,
  context,
  each,
  type FieldArgs,
  lambda,
  object as objectStep,
  type Step,
} from 'postgraphile/grafast'
import { GraphQLBoolean, GraphQLInt, GraphQLList, GraphQLNonNull } from 'postgraphile/graphql'
import type { ObjectModel } from '../../../tenants/model/model.ts'
import { givenFields } from '../../../tenants/model/writable.ts'
import {
  isDuplicate,
  itemOfJson,
  jsonOfItem,
  type Likeness,
  likenessesOf,
  MAX_DUPLICATES,
} from '../../records/read/duplicates.ts'
import { compileMerge } from '../../records/write/merge.ts'
import { CODECS } from '../steps/codec.ts'
import { createFragmentEmitter, ROW } from '../steps/fragment.ts'
import { planList } from '../steps/list.ts'
import { existing } from '../steps/record.ts'
import { planWrite } from '../steps/write.ts'
import { objectIn, viewOf } from '../view.ts'
import { resourceOf } from './objects.ts'
import type { Shape } from './shape.ts'

type Build = GraphileBuild.Build

/** In place of the arguments of a list that takes none. */
const ALL = { getRaw: (name: string): Step => constant(name === 'first' ? MAX_DUPLICATES : undefined) }

const hasDuplicates = ({ duplicateCriteria, key }: ObjectModel): boolean =>
  duplicateCriteria.length > 0 && key.length === 1

const duplicatesField = (build: Build, shape: Shape, whole: ObjectModel) => {
  const resource = resourceOf(build, whole)
  const listOf = (name: string) => ({ type: new GraphQLList(build.getInputTypeByName(name)) })
  return {
    type: new GraphQLList(build.getOutputTypeByName(`${whole.typeName}Connection`)),
    args: {
      ids: listOf('UUID'),
      ...(givenFields(whole, 'Create').length > 0 ? { data: listOf(`${whole.typeName}CreateInput`) } : {}),
    },
    plan: (_$root: Step, args: FieldArgs) => {
      const { model, object } = viewOf(shape.model, whole)
      const $items: Step<readonly Likeness[]> = lambda(
        [context(), args.getRaw('ids'), args.getRaw('data')],
        ([{ maxBatchRecords }, ids, data]) => likenessesOf(model, object, ids, data, maxBatchRecords),
      )
      return each($items, ($item) => {
        const $select = resource.find()
        const e = createFragmentEmitter()
        // A placeholder: the items together are one statement.
        const $json = lambda($item, (item: Likeness) => jsonOfItem(object, item))
        const json = `${e.place($select.placeholder($json, CODECS.string))}::pg_catalog.json`
        const same = isDuplicate(object, ROW, itemOfJson(object, `(${json})`))
        $select.where(e.fragment(same, $select.alias))
        return planList(model, object, $select, ALL, false)
      })
    },
  }
}

const mergeField = (build: Build, object: ObjectModel) => {
  const resource = resourceOf(build, object)
  const id = new GraphQLNonNull(build.getInputTypeByName('UUID'))
  return {
    type: build.getOutputTypeByName(object.typeName),
    args: {
      ids: { type: new GraphQLNonNull(new GraphQLList(id)) },
      conflictPriorityIndex: { type: new GraphQLNonNull(GraphQLInt) },
      dryRun: { type: GraphQLBoolean },
    },
    plan: (_$root: Step, args: FieldArgs) => {
      const $request = objectStep({
        ids: args.getRaw('ids'),
        conflictPriorityIndex: args.getRaw('conflictPriorityIndex'),
        dryRun: args.getRaw('dryRun'),
      })
      return existing(
        planWrite(resource, $request, {
          compile: (e, request, { author, model }) =>
            compileMerge(e, model, objectIn(model, object), request, author),
        }),
      )
    },
  }
}

/** Those whose names no object has taken. */
const free = <Field>(
  taken: Readonly<Record<string, unknown>>,
  added: readonly (readonly [name: string, field: Field])[],
): Record<string, Field> => Object.fromEntries(added.filter(([name]) => taken[name] === undefined))

export const createDuplicatesPlugin = (shape: Shape): GraphileConfig.Plugin => {
  const objects = shape.vocabulary.objects.filter(hasDuplicates)
  return {
    name: 'TenantryDuplicatesPlugin',
    version: '1.0.0',
    schema: {
      hooks: {
        GraphQLObjectType_fields(fields, build, { scope }) {
          if (scope.isRootQuery) {
            const added = objects.map(
              (object) =>
                [`${object.nameSingular}Duplicates`, duplicatesField(build, shape, object)] as const,
            )
            return build.extend(fields, free(fields, added), 'Tenantry')
          }
          if (!scope.isRootMutation) return fields
          const added = objects
            .filter(({ updatable, deletable }) => updatable && deletable)
            .map((object) => [`merge${object.pluralTypeName}`, mergeField(build, object)] as const)
          return build.extend(fields, free(fields, added), 'Tenantry')
        },
      },
    },
  }
}
