'use strict';
// On a phone each row of a list stands as a card: its cells carry their column's name (theme.css shows it).
{
    const table = document.getElementById('result_list');
    const heads = table ? [...table.tHead.rows[0].cells].map((head) => head.querySelector('.text')?.textContent.trim() ?? '') : [];
    for (const row of table?.tBodies[0].rows ?? []) {
        [...row.cells].forEach((cell, place) => {
            if (heads[place] && !cell.classList.contains('action-checkbox')) {
                cell.dataset.label = heads[place];
            }
        });
    }
}
