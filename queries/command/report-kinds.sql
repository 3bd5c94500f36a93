-- Title: Kinds of targets that have lives
-- Why: the headings name the kind where there is only one. The instances below tasks are no targets of their own.
-- Needs: lives
select distinct target_kind
from lives
where target_kind <> 'instance' or not exists (select 1 from lives t where t.target_kind = 'ecs_task')
