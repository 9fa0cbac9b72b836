// Values of a column among the waiting deliveries of a webhook, found by skipping through the index on it:
// a long queue under one value costs no more than a short one.

/**
 * A recursive query `name`, for a statement where `open` is the webhook. It ends with a null.
 * @param start condition on the first value, after the column's name
 */
export const waitingValues = (name: string, deliveries: string, column: string, start: string): string => `
        ${name} as (
          (select d.${column} from ${deliveries} d
            where d.webhook_id = open.id and d.status = 'waiting' and d.${column} ${start}
            order by d.${column} limit 1)
          union all
          select (
            select d.${column} from ${deliveries} d
            where d.webhook_id = open.id and d.status = 'waiting' and d.${column} > ${name}.${column}
            order by d.${column} limit 1
          ) from ${name} where ${name}.${column} is not null
        )`
