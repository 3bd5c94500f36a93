-- Title: Kinds of targets that have lives
-- Why: the headings name the kind where there is only one.
-- Needs: lives
select distinct target_kind from lives
