// The standard objects that every workspace starts with, ordered so that each refers only to objects of this
// list. Data alone: the DDL compiler (ddl.ts) creates tables from it, and the catalog reader takes the names
// of relations from it.

import type { ObjectDefinition } from '../definition.ts'
import { COMPANY, OPPORTUNITY, PERSON } from './customer.ts'
import { NOTE, NOTE_TARGET, TASK, TASK_TARGET } from './work.ts'
import { ATTACHMENT, TIMELINE_ACTIVITY, WORKSPACE_MEMBER } from './workspace.ts'

export const STANDARD_OBJECTS: readonly ObjectDefinition[] = [
  WORKSPACE_MEMBER,
  COMPANY,
  PERSON,
  OPPORTUNITY,
  NOTE,
  NOTE_TARGET,
  TASK,
  TASK_TARGET,
  ATTACHMENT,
  TIMELINE_ACTIVITY,
]
