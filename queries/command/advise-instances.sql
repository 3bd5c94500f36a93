-- Title: Number of machines that requests were sent to
-- Why: without such machines, `advise` skips the question for their failures. Nodes of pods are known too, but are no targets.
-- Needs: lives, pod_address, alb_log
select count(distinct l.life) as n
from lives l
join pod_address a on a.life = l.life
where l.target_kind = 'instance' and a.ip in (select target_ip from alb_log)
