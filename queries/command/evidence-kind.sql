-- Title: The most frequent kind of target
-- Why: `evidence` words its sentences for that kind.
-- Needs: lives
select target_kind from lives group by target_kind order by count(*) desc, target_kind limit 1
