-- title:        The technical part of ultrasound guidance is at least generally supervised
-- fault:        General supervision of ultrasound guidance is not shown
-- requirements: IGRT-4
-- cites:        IGRT, paragraph 2
-- judges:       claim_line
-- needs:        claim_lines
-- shown_by:     image_guidance
-- consequence:  deny
-- remedy:       Send the record of each set-up of the day that says how the physician supervised it.
-- carc:         272

-- General supervision is the lowest level, so any level that the record of a set-up states is enough.

select
    supervised_set_ups.claim_line_id as subject_id,
    case
        when supervised_set_ups.supervised >= supervised_set_ups.set_ups_billed then 'met'
        when
            supervised_set_ups.set_ups >= supervised_set_ups.set_ups_billed
            and supervised_set_ups.supervised + supervised_set_ups.level_not_stated
            < supervised_set_ups.set_ups_billed
            then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        'set-ups by ', supervised_set_ups.method_in_words, ' billed so far for ',
        supervised_set_ups.service_date, ': ', supervised_set_ups.set_ups_billed, '; on record: ',
        supervised_set_ups.set_ups, ', under the physician''s supervision: ', supervised_set_ups.supervised,
        case
            when supervised_set_ups.level_not_stated = 0 then ''
            else concat(', without a statement of supervision: ', supervised_set_ups.level_not_stated)
        end
    ) as because
from supervised_set_ups
inner join coded_lines
    on
        supervised_set_ups.claim_line_id = coded_lines.claim_line_id
        and coded_lines.code_list = 'general_supervision_guidance'
where supervised_set_ups.bills_technical_part
