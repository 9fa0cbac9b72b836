// The playground of the record API over REST.

import { REST } from './endpoints.ts'
import { RestPlayground } from './restPlayground.tsx'

const RestPage = () => <RestPlayground endpoint={REST} />

export default RestPage
