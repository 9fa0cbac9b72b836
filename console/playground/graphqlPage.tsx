// The playground of the record API over GraphQL.

import { GRAPHQL } from './faces.ts'
import { GraphqlPlayground } from './graphqlPlayground.tsx'

const GraphqlPage = () => <GraphqlPlayground face={GRAPHQL} />

export default GraphqlPage
