-- Title: Each rollout, with the share of its requests that failed
-- Why: `rollout` and what people compare rollouts by: the first thing to ask after a deployment. `failed_percent` is NULL
--   where its pods were asked nothing meanwhile.
-- Column: failed_percent -- share of its requests that failed
-- Needs: rollout
select *, round(1e2 * failures / nullif(requests, 0), 3) as failed_percent from rollout
