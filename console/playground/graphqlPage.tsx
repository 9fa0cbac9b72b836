// The playground of the record API over GraphQL.

import { GRAPHQL } from './endpoints.ts'
import { GraphqlPlayground } from './graphqlPlayground.tsx'

const GraphqlPage = () => <GraphqlPlayground endpoint={GRAPHQL} />

export default GraphqlPage
