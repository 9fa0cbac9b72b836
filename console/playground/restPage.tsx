// The playground of the record API.

import { REST } from './faces.ts'
import { RestPlayground } from './restPlayground.tsx'

const RestPage = () => <RestPlayground face={REST} />

export default RestPage
