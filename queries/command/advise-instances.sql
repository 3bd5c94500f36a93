-- Title: Number of lives of machines
-- Why: where there are none, their failures are not asked for.
-- Needs: lives
select count(*) as n from lives where target_kind = 'instance'
