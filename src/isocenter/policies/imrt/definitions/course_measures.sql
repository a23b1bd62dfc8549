-- title: What was measured on the plans of each course, with what each number is about in words

select
    plans.course_id,
    plan_measures.*,
    concat(
        case when plan_measures.structure = '' then 'plan' else plan_measures.structure end,
        case when plan_measures.part = '' then '' else concat(' (', plan_measures.part, ')') end,
        case when plan_measures.beside = '' then '' else concat(' to ', plan_measures.beside) end
    ) as about
from plan_measures
inner join plans on plan_measures.plan_id = plans.plan_id
