-- Title: Workloads of the known targets, with their namespaces
-- Why: a workload with a typo must not look like one without late requests.
-- Needs: lives
select namespace, deployment, count(*) as lives
from lives
where deployment is not null
group by namespace, deployment
order by lives desc, namespace, deployment
