/** Operator events have it in place of a workspace (sql/functions/operator_event.sql). */
export const HOST_ID = '00000000-0000-0000-0000-000000000000'
