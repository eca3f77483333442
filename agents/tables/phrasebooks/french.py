"""What calculations say, in French: by the English sentences of the code.

Names of columns stand in guillemets, so that neither elision nor gender depends on them.
"""

from agents.tables.phrasebooks.phrasebook import Phrasebook

PHRASES = Phrasebook(
    months=(
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
    ),
    seasons={"winter": "hiver", "spring": "printemps", "summer": "été", "autumn": "automne"},
    marks=("\u202f", ","),
    first="1er",
    column="« {name} »",
    article="(?:les?|la) ",
    places={
        "sheet": "feuille", "section": "section", "page": "page", "pages": "pages", "slide": "diapositive",
        "table": "tableau", "beginning": "début",
    },
    sentences={
        "and": "et",
        "or": "ou",
        # what was calculated
        "total {what}": "le total de {what}",
        "mean {what}": "la moyenne de {what}",
        "median {what}": "la médiane de {what}",
        "lowest {what}": "la valeur la plus basse de {what}",
        "highest {what}": "la valeur la plus haute de {what}",
        "difference between the highest and the lowest {what}":
            "l'écart entre la valeur la plus haute et la plus basse de {what}",
        "total incoming {what}": "le total des entrées de {what}",
        "total outgoing {what}": "le total des sorties de {what}",
        "number of rows": "le nombre de lignes",
        "number of different values of {what}": "le nombre de valeurs différentes de « {what} »",
        "{what} per {per}": "{what} par {per}",
        "year": "année",
        "quarter": "trimestre",
        "month": "mois",
        "unit": "unité",
        "“{said}”": "« {said} »",
        # conditions
        "for {values}": "pour {values}",
        "without {values}": "sans {values}",
        "with {column} {values}": "avec « {column} » : {values}",
        "with {column} not {values}": "avec « {column} » autre que {values}",
        "with {column} between {values}": "avec {column} entre {values}",
        "with {column} at least {values}": "avec {column} d'au moins {values}",
        "with {column} at most {values}": "avec {column} d'au plus {values}",
        "with {column} more than {values}": "avec {column} au-dessus de {values}",
        "with {column} less than {values}": "avec {column} au-dessous de {values}",
        "with {column} contains {values}": "avec {values} dans {column}",
        "from {low} until {high}": "de {low} à {high}",
        "on {time}": "le {time}",
        "in {time}": "en {time}",
        "in the year {time}": "en {time}",
        "of {time}": "{time}",
        "since {time}": "depuis {time}",
        "from {time}": "à partir du {time}",
        "until {time}": "jusqu'à {time}",
        "after {time}": "après {time}",
        "before {time}": "avant {time}",
        "outside {time}": "hors de {time}",
        # results
        "the question": "la question",
        "No row of {table} matches{limits}.": "Aucune ligne de {table} ne correspond{limits}.",
        "No row of {table} matches the question.": "Aucune ligne de {table} ne correspond à la question.",
        "{count} row": "{count} ligne",
        "{count} rows": "{count} lignes",
        "{count} value": "{count} valeur",
        "{count} values": "{count} valeurs",
        "the {measure} is {value}": "{measure} est {value}",
        "{said}, over {rows} of {table}{skipped}.": "{said}, sur {rows} de {table}{skipped}.",
        "{limits}, {said}": "{limits}, {said}",
        " ({rows} without a number left out)": " ({rows} sans nombre, hors calcul)",
        "{table} has {rows}.": "{table} a {rows}.",
        "{count} of the {rows} of {table} match{limits}.":
            "{count} des {rows} de {table} correspondent{limits}.",
        "There is 1 different value of {column}{limits}, in {rows} of {table}.":
            "Il y a 1 valeur différente de « {column} »{limits}, dans {rows} de {table}.",
        "There are {count} different values of {column}{limits}, in {rows} of {table}.":
            "Il y a {count} valeurs différentes de « {column} »{limits}, dans {rows} de {table}.",
        "The share{limits} is {value} of the {measure}{whole} of {table}.":
            "La part{limits} est de {value} : {measure}{whole} de {table}.",
        "The share{limits} is {value} of the rows{whole} of {table}.":
            "La part{limits} est de {value} des lignes{whole} de {table}.",
        "{name} has the highest {measure}{limits}: {value}.":
            "{name} vient en tête pour {measure}{limits} : {value}.",
        "{name} has the lowest {measure}{limits}: {value}.":
            "{name} vient en dernier pour {measure}{limits} : {value}.",
        "{names} have the highest {measure}{limits}, {value} each.":
            "{names} viennent en tête pour {measure}{limits}, avec {value} chacun.",
        "{names} have the lowest {measure}{limits}, {value} each.":
            "{names} viennent en dernier pour {measure}{limits}, avec {value} chacun.",
        "The {measure}{limits} is told for each unit, because the units of {column} differ.":
            "{measure}{limits} est donné pour chaque unité, car les unités de « {column} » diffèrent.",
        "There is no single {measure}{limits}, because the currencies of {column} differ: it is {said}, "
        "over {rows} of {table}.":
            "{measure}{limits} ne se dit pas en un seul nombre, car les monnaies de « {column} » diffèrent : {said}, "
            "sur {rows} de {table}.",
        "There is no single {measure}{limits}, because the units of {column} differ: it is {said}, "
        "over {rows} of {table}.":
            "{measure}{limits} ne se dit pas en un seul nombre, car les unités de « {column} » diffèrent : {said}, "
            "sur {rows} de {table}.",
        "{table} does not say the {measure}{limits}: no number stands there.":
            "{table} ne dit pas {measure}{limits} : aucun nombre n'y figure.",
        "share of the {measure}": "la part de {measure}",
        "The {count} highest by {measure}{limits} are {listed}.":
            "Les {count} premiers par {measure}{limits} sont {listed}.",
        "The {count} lowest by {measure}{limits} are {listed}.":
            "Les {count} derniers par {measure}{limits} sont {listed}.",
        "The {measure} is {high} and {low}: a difference of {gap}.":
            "{measure} est {high} et {low} : un écart de {gap}.",
        "the {measure}{limits} is {listed}": "{measure}{limits} est {listed}",
        "the {measure}{limits} lies between {low} and {high}": "{measure}{limits} va de {low} à {high}",
        "{said}; over all {rows} it is {value}": "{said} ; sur les {rows} en tout : {value}",
        "By {by}, {said}{skipped}.": "Par {by}, {said}{skipped}.",
        " From {first} to {last} it hardly changed.": " De {first} à {last}, presque rien n'a changé.",
        " From {first} to {last} it rose by {change} %.": " De {first} à {last}, une hausse de {change} %.",
        " From {first} to {last} it fell by {change} %.": " De {first} à {last}, une baisse de {change} %.",
        "{table} has a value of {columns} for each row: {listed}.":
            "{table} a une valeur de {columns} pour chaque ligne : {listed}.",
        "{table} has {values} of {column}: {listed}.": "{table} a {values} de « {column} » : {listed}.",
        "{table} has {values} of {column}; the first are {listed}.":
            "{table} a {values} de « {column} » ; les premières sont {listed}.",
        "The {count} highest by {column}{limits} are {listed}.":
            "Les {count} premiers par {column}{limits} sont {listed}.",
        "The {count} lowest by {column}{limits} are {listed}.":
            "Les {count} derniers par {column}{limits} sont {listed}.",
        "The {count} latest by {column}{limits} are {listed}.":
            "Les {count} plus récents par {column}{limits} sont {listed}.",
        "The {count} earliest by {column}{limits} are {listed}.":
            "Les {count} plus anciens par {column}{limits} sont {listed}.",
        "highest {column}{limits}": "la valeur la plus haute de {column}{limits}",
        "lowest {column}{limits}": "la valeur la plus basse de {column}{limits}",
        "latest {column}{limits}": "la date la plus récente de {column}{limits}",
        "earliest {column}{limits}": "la date la plus ancienne de {column}{limits}",
        "The {column} of the {what}, {value}, is {name}.": "{column} est {name} ({what} : {value}).",
        "The {what} is {value}: {names}.": "{what} est {value} : {names}.",
        "The {what} is {value}.": "{what} est {value}.",
        "{names} has the {what}: {value}.": "{names} : {what}, {value}.",
        "{names} have the {what}: {value} each.": "{names} : {what}, {value} chacun.",
        "the {column} is {value}": "{column} est {value}",
        "empty": "vide",
        "{limits}, {said}, in {table}.": "{limits}, {said}, dans {table}.",
        "{limits}, the {column} is {value}, in all {rows} of {table}.":
            "{limits}, {column} est {value}, dans les {rows} de {table}.",
        "{rows} of {table} match{limits}, with {values} of {column}: {listed}.":
            "{rows} de {table} correspondent{limits}, avec {values} de « {column} » : {listed}.",
        "{rows} of {table} match{limits}, with {values} of {column}: {listed} and {more} more.":
            "{rows} de {table} correspondent{limits}, avec {values} de « {column} » : {listed} et {more} autres.",
        "Yes: {said}": "Oui : {said}",
        "No: {said}": "Non : {said}",
        "{table} does not say: {said}": "{table} ne le dit pas : {said}",
        "all {rows} of {table}{limits} match{claim}.": "les {rows} de {table}{limits} correspondent toutes{claim}.",
        "{count} of the {rows} of {table}{limits} match{claim}.":
            "{count} des {rows} de {table}{limits} correspondent{claim}.",
        "none of the {rows} of {table}{limits} matches{claim}.":
            "aucune des {rows} de {table}{limits} ne correspond{claim}.",
        "\n\n… and {count} more.": "\n\n… et {count} autres.",
        # how it was read
        "This can be read in two ways. {first} {second}": "Cela peut être lu de deux façons. {first} {second}",
        "{label}: {said}": "{label} : {said}",
        "if the month comes first in the dates": "si le mois vient en premier dans les dates",
        "if the day comes first in the dates": "si le jour vient en premier dans les dates",
        "adding up the rows": "toutes les lignes additionnées",
        "row by row": "ligne par ligne",
        "by {column}": "par {column}",
        "by the number of rows": "par le nombre de lignes",
        "with “{value}” as {column}": "avec « {value} » comme {column}",
        "{count} of them says nothing in {column}.": "{count} d'entre elles ne dit rien dans « {column} ».",
        "{count} of them say nothing in {column}.": "{count} d'entre elles ne disent rien dans « {column} ».",
        "The row “{label}” of {table} says {said} for {column}; the {rows} that it sums up come to {computed}.":
            "La ligne « {label} » de {table} dit {said} pour « {column} » ; les {rows} qu'elle additionne donnent "
            "{computed}.",
        "{value} for {column}": "{value} pour « {column} »",
        "The row “{label}” of {table} says {said}.": "La ligne « {label} » de {table} dit {said}.",
        "I read the dates of {column} with the month first.":
            "J'ai lu les dates de « {column} » avec le mois en premier.",
        "I read the dates of {column} with the day first.":
            "J'ai lu les dates de « {column} » avec le jour en premier.",
        "row {row} (“{label}”)": "la ligne {row} (« {label} »)",
        "row {row}": "la ligne {row}",
        "I left out {rows}, which sums up others.": "J'ai laissé de côté {rows}, qui en additionne d'autres.",
        "I left out {rows}, which sum up others.": "J'ai laissé de côté {rows}, qui en additionnent d'autres.",
        "I left out {rows} and {more} more, which sum up others.":
            "J'ai laissé de côté {rows} et {more} autres, qui en additionnent d'autres.",
        "I took the dates of {column}.": "J'ai pris les dates de « {column} ».",
        "I took {columns} as what is asked for.": "J'ai compris que la question porte sur {columns}.",
        "I added the negative values of {column}.": "J'ai additionné les valeurs négatives de « {column} ».",
        "I added the positive values of {column}.": "J'ai additionné les valeurs positives de « {column} ».",
        "I read “{said}” as {values} in {column}.": "J'ai lu « {said} » comme {values} dans « {column} ».",
        "I read “{said}” as the column {column}.": "J'ai lu « {said} » comme la colonne « {column} ».",
        "I read “{said}” as the highest {column}.": "J'ai lu « {said} » comme la plus haute valeur de « {column} ».",
        "I read “{said}” as the lowest {column}.": "J'ai lu « {said} » comme la plus basse valeur de « {column} ».",
        "I read “{said}” by {column}.": "J'ai lu « {said} » d'après « {column} ».",
        "I read {value} as {converted} in {column}.": "J'ai lu {value} comme {converted} dans « {column} ».",
        "I counted rows.": "J'ai compté des lignes.",
        "I counted different values of {column}.": "J'ai compté les valeurs différentes de « {column} ».",
        "I added {column}; counting rows would be another question.":
            "J'ai additionné « {column} » ; compter les lignes serait une autre question.",
        "I compared by {column}.": "J'ai comparé d'après « {column} ».",
        "I took the same months of different years together.":
            "J'ai réuni les mêmes mois d'années différentes.",
        "{column} mixes points and commas; I took the {mark} as the decimal mark.":
            "« {column} » mélange points et virgules ; j'ai pris {mark} comme signe décimal.",
        "I read “{cell}” as {value}, with the {mark} as decimal mark.":
            "J'ai lu « {cell} » comme {value}, avec {mark} comme signe décimal.",
        "I read “{cell}” as {value}, with the {mark} as separator of thousands.":
            "J'ai lu « {cell} » comme {value}, avec {mark} comme séparateur des milliers.",
        "comma": "la virgule",
        "point": "le point",
        "I read {column} in {unit}, with {others} converted.":
            "J'ai lu « {column} » en {unit}, et converti {others}.",
        # why there is no answer
        "I do not know what {words} means for {table}": "je ne sais pas ce que {words} veut dire pour {table}",
        "I do not understand what {words} has to do with the rest of the question":
            "je ne comprends pas le rapport de {words} avec le reste de la question",
        "I do not understand “{words}” in this question": "je ne comprends pas « {words} » dans cette question",
        "“{words}” may mean {columns}": "« {words} » peut vouloir dire {columns}",
        "the question does not say {what}: {columns}": "la question ne dit pas ce qui est visé : {columns}",
        "the question does not say of which row": "la question ne dit pas de quelle ligne il s'agit",
        "no column of {table} says what was spent": "aucune colonne de {table} ne dit ce qui a été dépensé",
        "no column of {table} says what “{words}” means":
            "aucune colonne de {table} ne dit ce que « {words} » veut dire",
        "{table} has no dates, so it does not say what was in {time}":
            "{table} n'a pas de dates et ne dit donc pas ce qu'il en était pour {time}",
        "no column of {table} is in {unit}": "aucune colonne de {table} n'est en {unit}",
        "I do not understand what the {function} of “{words}” is":
            "je ne comprends pas ce que serait {function} de « {words} »",
        "mean": "la moyenne",
        "median": "la médiane",
        "sum": "la somme",
        "the question asks for several numbers of {values}": "la question demande plusieurs nombres de {values}",
        "{column} is in {values}, which cannot be compared": "« {column} » est en {values}, qui ne se comparent pas",
        "{column} holds percentages, which do not add up to a total":
            "« {column} » contient des pourcentages, qui ne s'additionnent pas",
        "{column} says in each row how much it is by then, so it has no total":
            "« {column} » dit à chaque ligne où l'on en est, et n'a donc pas de total",
        "“{told}” is not a column of numbers": "« {told} » n'est pas une colonne de nombres",
        "{column} holds identifiers, which do not add up to anything":
            "« {column} » contient des identifiants, qui ne s'additionnent pas",
        "{column} holds text, which cannot be added up": "« {column} » contient du texte, qui ne s'additionne pas",
        "{column} of {table} has a value for each of its {rows} rows, and the question does not say which "
        "one is meant, "
        "or whether it asks for the total, the highest or the lowest":
            "« {column} » de {table} a une valeur à chacune des {rows} lignes, et la question ne dit pas laquelle est "
            "visée, ni si elle demande le total, la plus haute ou la plus basse",
        "I do not understand between what the change is asked for":
            "je ne comprends pas entre quoi l'évolution est demandée",
        "there is no column of time to see a development in":
            "il n'y a pas de colonne de dates où voir une évolution",
        "I can only tell yes or no of single rows": "je ne peux répondre par oui ou non que pour une ligne",
        "I do not understand what is to be checked": "je ne comprends pas ce qui est à vérifier",
        "I do not understand “not” in a question for yes or no":
            "je ne comprends pas la négation dans une question par oui ou non",
        "I do not understand what is asked of {table}": "je ne comprends pas ce qui est demandé à {table}",
        "the question does not say which row of {table} is meant":
            "la question ne dit pas quelle ligne de {table} est visée",
        "I do not understand which part of what is asked for":
            "je ne comprends pas quelle part de quoi est demandée",
        "I do not understand between what the difference is asked for":
            "je ne comprends pas entre quoi l'écart est demandé",
        "the question does not say a share of what": "la question ne dit pas de quoi la part est demandée",
        "I do not understand what is to be left out of {table}": "je ne comprends pas ce qui est à exclure de {table}",
        "I do not understand what is to be left out of {values}":
            "je ne comprends pas ce qui est à exclure de {values}",
        "I do not understand “{words}” in the comparison":
            "je ne comprends pas « {words} » dans la comparaison",
        "{column} spans several years, and the question does not say which":
            "« {column} » couvre plusieurs années, et la question ne dit pas laquelle",
        "I do not understand which time is to be left out": "je ne comprends pas quelle période est à exclure",
        "I do not understand the times together": "je ne comprends pas les dates ensemble",
        "I do not understand the number “{text}”": "je ne comprends pas le nombre « {text} »",
        "numbers without a unit": "nombres sans unité",
        "{column} is in {told}, and the question speaks of {unit}":
            "« {column} » est en {told}, et la question parle de {unit}",
        "the question does not say which number to compare with: {told}":
            "la question ne dit pas avec quel nombre comparer : {told}",
        "I do not understand the span of time": "je ne comprends pas la période",
        "I do not understand from when the time is meant": "je ne comprends pas à partir de quand",
        "I do not understand how far “{words}” reaches": "je ne comprends pas jusqu'où porte « {words} »",
        "I do not know what is to be counted in {table}": "je ne sais pas ce qui est à compter dans {table}",
        "{column} is not something to count": "« {column} » ne se compte pas",
        "the number of them may be {told}": "leur nombre peut être {told}",
        "I do not understand which {column} is left when some are left out":
            "je ne comprends pas ce qui reste de « {column} » quand une partie est exclue",
        "I do not understand whether each {column} has to match all of them":
            "je ne comprends pas si chaque « {column} » doit correspondre à tous",
        "no column of {table} says “{words}”": "aucune colonne de {table} ne dit « {words} »",
        "{table} has no numbers to calculate with": "{table} n'a pas de nombres avec lesquels calculer",
        "{table} has several dates, and the question does not say which: {told}":
            "{table} a plusieurs colonnes de dates, et la question ne dit pas laquelle : {told}",
        "the question asks by {values} at once": "la question compare d'après {values} à la fois",
        "I do not understand “{words}” beside {column}":
            "je ne comprends pas « {words} » à côté de « {column} »",
        "nothing in {table} says what “{told}” means; ask for the highest or the lowest {named}":
            "rien dans {table} ne dit ce que « {told} » veut dire ; demandez la plus haute ou la plus basse valeur de "
            "{named}",
        "it is not said whether a high or a low {column} is “{told}”; ask for the highest or the lowest":
            "il n'est pas dit si « {told} » veut dire une valeur haute ou basse de « {column} » ; demandez la "
            "plus haute "
            "ou la plus basse",
        "I do not understand what is compared": "je ne comprends pas ce qui est comparé",
        "I do not understand which row is meant": "je ne comprends pas quelle ligne est visée",
        "the question does not say whose number is compared": "la question ne dit pas de quoi le nombre est comparé",
        "I do not understand of what the highest or lowest {function} is asked for":
            "je ne comprends pas de quoi {function} la plus haute ou la plus basse est demandée",
        "the question asks for the highest of each group":
            "la question demande la plus haute valeur de chaque groupe",
        "{table} does not say what is meant": "{table} ne dit pas ce qui est visé",
        "{table} does not say who is meant": "{table} ne dit pas qui est visé",
        "{table} does not say which place is meant": "{table} ne dit pas quel lieu est visé",
        "no column of {table} names its rows": "aucune colonne de {table} ne nomme ses lignes",
        "{table} has no dates to group by {part}": "{table} n'a pas de dates à grouper par {part}",
        "“{values}” may be meant as {told}": "« {values} » peut être compris comme {told}",
        "“{column}” is in different units ({units}), which cannot be compared or added":
            "« {column} » est en différentes unités ({units}), qui ne se comparent ni ne s'additionnent",
        "no unit": "sans unité",
        "“{column}” was counted at {several} different dates, which do not add up; the question does not say which of "
        "them it means":
            "« {column} » a été compté à {several} dates différentes, qui ne s'additionnent pas ; la question ne "
            "dit pas "
            "laquelle est visée",
    },
)  # fmt: skip
