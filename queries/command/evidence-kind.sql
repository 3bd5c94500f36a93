-- Title: The most frequent kind of target; node_port where machines are nodes of Kubernetes
-- Why: sentences about what nobody knows are worded for that kind. The machines below pods and tasks are known too.
-- Needs: lives
select case when target_kind = 'instance' and count(node) > 0 then 'node_port' else target_kind end as target_kind
from lives
group by target_kind
order by case when target_kind = 'instance' then 1 else 0 end, count(*) desc, target_kind
limit 1
