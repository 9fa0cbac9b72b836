// A GraphQL document with the types of its variables and its answer, which console/generateDocuments.ts
// derives from the schema.

export interface Document<Data, Variables> {
  readonly text: string
  /** Exists for the compiler only. A method, so that documents with narrower variables fit. */
  types?(variables: Variables): Data
}

export const documentOf = <Data, Variables>(text: string): Document<Data, Variables> => ({ text })

/** None where every variable may be left out. */
export type VariablesOf<Variables> = Record<never, never> extends Variables ? [] : [variables: Variables]
