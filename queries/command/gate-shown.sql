-- Title: Until when the evidence shows pods and tasks that requests were sent to
-- Why: `check --gate` may say that there was no rollout only of targets that the evidence has seen up to the end of the window.
-- Param: from timestamp = null -- start of the window
-- Needs: lives, target_life, alb_log
with target as (
  select target_ip as ip from target_life
  union
  select target_ip from alb_log where cast($from as timestamp) is null or time >= cast($from as timestamp)
)
select epoch_us(max(later(l.seen_until, l.created_at))) as shown_at
from lives l
join target t on t.ip = l.ip
where l.deployment is not null and later(l.seen_until, l.created_at) >= cast($from as timestamp)
