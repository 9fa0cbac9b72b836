// The playground of the record API.

import { REST } from './endpoints.ts'
import { RestPlayground } from './restPlayground.tsx'

const RestPage = () => <RestPlayground endpoint={REST} />

export default RestPage
