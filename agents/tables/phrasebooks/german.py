"""What calculations say, in German: by the English sentences of the code.

Names of columns are not inflected, so the sentences are built such that they need not be.
"""

from agents.tables.phrasebooks.phrasebook import Phrasebook

PHRASES = Phrasebook(
    months=(
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
        "Dezember",
    ),
    seasons={"winter": "Winter", "spring": "Frühling", "summer": "Sommer", "autumn": "Herbst"},
    marks=(".", ","),
    day="{day}. ",
    article="(?:der|die|das) ",
    places={
        "sheet": "Blatt", "section": "Abschnitt", "page": "Seite", "pages": "Seiten", "slide": "Folie",
        "table": "Tabelle", "beginning": "Anfang",
    },
    sentences={
        "and": "und",
        "or": "oder",
        # what was calculated
        "total {what}": "die Summe von {what}",
        "mean {what}": "der Mittelwert von {what}",
        "median {what}": "der Median von {what}",
        "lowest {what}": "der niedrigste Wert von {what}",
        "highest {what}": "der höchste Wert von {what}",
        "difference between the highest and the lowest {what}":
            "der Abstand vom höchsten zum niedrigsten Wert von {what}",
        "total incoming {what}": "die Summe der Eingänge in {what}",
        "total outgoing {what}": "die Summe der Ausgänge in {what}",
        "number of rows": "die Anzahl der Zeilen",
        "number of different values of {what}": "die Anzahl verschiedener Werte von {what}",
        "{what} per {per}": "{what} pro {per}",
        "year": "Jahr",
        "quarter": "Quartal",
        "month": "Monat",
        "unit": "Einheit",
        "“{said}”": "„{said}“",
        # conditions
        "for {values}": "für {values}",
        "without {values}": "ohne {values}",
        "with {column} {values}": "mit {column} {values}",
        "with {column} not {values}": "mit {column} nicht {values}",
        "with {column} between {values}": "mit {column} zwischen {values}",
        "with {column} at least {values}": "mit {column} von mindestens {values}",
        "with {column} at most {values}": "mit {column} von höchstens {values}",
        "with {column} more than {values}": "mit {column} über {values}",
        "with {column} less than {values}": "mit {column} unter {values}",
        "with {column} contains {values}": "mit {values} in {column}",
        "from {low} until {high}": "von {low} bis {high}",
        "on {time}": "am {time}",
        "in {time}": "im {time}",
        "in the year {time}": "im Jahr {time}",
        "of {time}": "{time}",
        "since {time}": "ab {time}",
        "from {time}": "ab {time}",
        "until {time}": "bis {time}",
        "after {time}": "nach {time}",
        "before {time}": "vor {time}",
        "outside {time}": "außerhalb von {time}",
        # results
        "the question": "der Frage",
        "No row of {table} matches{limits}.": "Keine Zeile von {table} passt:{limits}.",
        "No row of {table} matches the question.": "Keine Zeile von {table} passt zu der Frage.",
        "{count} row": "{count} Zeile",
        "{count} rows": "{count} Zeilen",
        "{count} value": "{count} Wert",
        "{count} values": "{count} Werte",
        "the {measure} is {value}": "{measure} ist {value}",
        "{said}, over {rows} of {table}{skipped}.": "{said}, aus {rows} von {table}{skipped}.",
        "{limits}, {said}": "{limits}: {said}",
        " ({rows} without a number left out)": " ({rows} ohne Zahl ausgelassen)",
        "{table} has {rows}.": "{table} hat {rows}.",
        "{count} of the {rows} of {table} match{limits}.": "{count} der {rows} von {table} passen:{limits}.",
        "There is 1 different value of {column}{limits}, in {rows} of {table}.":
            "Es gibt 1 verschiedenen Wert von {column}{limits}, in {rows} von {table}.",
        "There are {count} different values of {column}{limits}, in {rows} of {table}.":
            "Es gibt {count} verschiedene Werte von {column}{limits}, in {rows} von {table}.",
        "The share{limits} is {value} of the {measure}{whole} of {table}.":
            "Der Anteil{limits} ist {value}, bezogen auf {measure}{whole} von {table}.",
        "The share{limits} is {value} of the rows{whole} of {table}.":
            "Der Anteil{limits} ist {value} der Zeilen{whole} von {table}.",
        "{name} has the highest {measure}{limits}: {value}.": "{name}: {measure}{limits} ist am höchsten, {value}.",
        "{name} has the lowest {measure}{limits}: {value}.": "{name}: {measure}{limits} ist am niedrigsten, {value}.",
        "{names} have the highest {measure}{limits}, {value} each.":
            "{names}: {measure}{limits} ist am höchsten, jeweils {value}.",
        "{names} have the lowest {measure}{limits}, {value} each.":
            "{names}: {measure}{limits} ist am niedrigsten, jeweils {value}.",
        "The {measure}{limits} is told for each unit, because the units of {column} differ.":
            "{measure}{limits} steht für jede Einheit einzeln, weil die Einheiten von {column} verschieden sind.",
        "There is no single {measure}{limits}, because the currencies of {column} differ: it is {said}, "
        "over {rows} of {table}.":
            "{measure}{limits} lässt sich nicht in einer Zahl sagen, weil die Währungen von {column} verschieden sind: "
            "{said}, aus {rows} von {table}.",
        "There is no single {measure}{limits}, because the units of {column} differ: it is {said}, over "
        "{rows} of {table}.":
            "{measure}{limits} lässt sich nicht in einer Zahl sagen, weil die Einheiten von {column} verschieden sind: "
            "{said}, aus {rows} von {table}.",
        "{table} does not say the {measure}{limits}: no number stands there.":
            "{table} sagt nichts über {measure}{limits}: Dort steht keine Zahl.",
        "share of the {measure}": "der Anteil an {measure}",
        "The {count} highest by {measure}{limits} are {listed}.":
            "Die {count} höchsten nach {measure}{limits}: {listed}.",
        "The {count} lowest by {measure}{limits} are {listed}.":
            "Die {count} niedrigsten nach {measure}{limits}: {listed}.",
        "The {measure} is {high} and {low}: a difference of {gap}.":
            "{measure} ist {high} und {low}: ein Unterschied von {gap}.",
        "the {measure}{limits} is {listed}": "{measure}{limits} ist {listed}",
        "the {measure}{limits} lies between {low} and {high}": "{measure}{limits} liegt zwischen {low} und {high}",
        "{said}; over all {rows} it is {value}": "{said}; aus allen {rows} {value}",
        "By {by}, {said}{skipped}.": "Nach {by}: {said}{skipped}.",
        " From {first} to {last} it hardly changed.": " Von {first} bis {last} hat sich kaum etwas geändert.",
        " From {first} to {last} it rose by {change} %.": " Von {first} bis {last} ein Anstieg um {change} %.",
        " From {first} to {last} it fell by {change} %.": " Von {first} bis {last} ein Rückgang um {change} %.",
        "{table} has a value of {columns} for each row: {listed}.":
            "{table} hat für jede Zeile einen Wert von {columns}: {listed}.",
        "{table} has {values} of {column}: {listed}.": "{table} hat {values} von {column}: {listed}.",
        "{table} has {values} of {column}; the first are {listed}.":
            "{table} hat {values} von {column}; die ersten sind {listed}.",
        "The {count} highest by {column}{limits} are {listed}.":
            "Die {count} höchsten nach {column}{limits}: {listed}.",
        "The {count} lowest by {column}{limits} are {listed}.":
            "Die {count} niedrigsten nach {column}{limits}: {listed}.",
        "The {count} latest by {column}{limits} are {listed}.": "Die {count} letzten nach {column}{limits}: {listed}.",
        "The {count} earliest by {column}{limits} are {listed}.": "Die {count} ersten nach {column}{limits}: {listed}.",
        "highest {column}{limits}": "höchster Wert von {column}{limits}",
        "lowest {column}{limits}": "niedrigster Wert von {column}{limits}",
        "latest {column}{limits}": "letztes Datum von {column}{limits}",
        "earliest {column}{limits}": "erstes Datum von {column}{limits}",
        "The {column} of the {what}, {value}, is {name}.": "{column} ist {name} ({what}: {value}).",
        "The {what} is {value}: {names}.": "{what}: {value} ({names}).",
        "The {what} is {value}.": "{what}: {value}.",
        "{names} has the {what}: {value}.": "{names}: {what}, {value}.",
        "{names} have the {what}: {value} each.": "{names}: {what}, jeweils {value}.",
        "the {column} is {value}": "{column} ist {value}",
        "empty": "leer",
        "{limits}, {said}, in {table}.": "{limits}: {said}, in {table}.",
        "{limits}, the {column} is {value}, in all {rows} of {table}.":
            "{limits}: {column} ist {value}, in allen {rows} von {table}.",
        "{rows} of {table} match{limits}, with {values} of {column}: {listed}.":
            "{rows} von {table} passen:{limits}, {values} von {column}: {listed}.",
        "{rows} of {table} match{limits}, with {values} of {column}: {listed} and {more} more.":
            "{rows} von {table} passen:{limits}, {values} von {column}: {listed} und {more} weiteren.",
        "Yes: {said}": "Ja: {said}",
        "No: {said}": "Nein: {said}",
        "{table} does not say: {said}": "{table} sagt es nicht: {said}",
        "all {rows} of {table}{limits} match{claim}.": "alle {rows} von {table}{limits} passen:{claim}.",
        "{count} of the {rows} of {table}{limits} match{claim}.":
            "{count} der {rows} von {table}{limits} passen:{claim}.",
        "none of the {rows} of {table}{limits} matches{claim}.": "keine der {rows} von {table}{limits} passt:{claim}.",
        "\n\n… and {count} more.": "\n\n… und {count} weitere.",
        # how it was read
        "This can be read in two ways. {first} {second}": "Das lässt sich auf zwei Arten verstehen. {first} {second}",
        "{label}: {said}": "{label}: {said}",
        "if the month comes first in the dates": "wenn in den Daten der Monat vorn steht",
        "if the day comes first in the dates": "wenn in den Daten der Tag vorn steht",
        "adding up the rows": "alle Zeilen zusammengezählt",
        "row by row": "jede Zeile für sich",
        "by {column}": "nach {column}",
        "by the number of rows": "nach der Anzahl der Zeilen",
        "with “{value}” as {column}": "mit „{value}“ als {column}",
        "{count} of them says nothing in {column}.": "{count} davon sagt nichts in {column}.",
        "{count} of them say nothing in {column}.": "{count} davon sagen nichts in {column}.",
        "The row “{label}” of {table} says {said} for {column}; the {rows} that it sums up come to {computed}.":
            "Die Zeile „{label}“ von {table} sagt {said} für {column}; die {rows}, die sie zusammenzählt, "
            "ergeben {computed}.",
        "{value} for {column}": "{value} für {column}",
        "The row “{label}” of {table} says {said}.": "Die Zeile „{label}“ von {table} sagt {said}.",
        "I read the dates of {column} with the month first.":
            "Ich habe die Daten von {column} mit dem Monat vorn gelesen.",
        "I read the dates of {column} with the day first.": "Ich habe die Daten von {column} mit dem Tag vorn gelesen.",
        "row {row} (“{label}”)": "Zeile {row} („{label}“)",
        "row {row}": "Zeile {row}",
        "I left out {rows}, which sums up others.": "Ausgelassen habe ich {rows}, weil sie andere zusammenzählt.",
        "I left out {rows}, which sum up others.": "Ausgelassen habe ich {rows}, weil sie andere zusammenzählen.",
        "I left out {rows} and {more} more, which sum up others.":
            "Ausgelassen habe ich {rows} und {more} weitere, weil sie andere zusammenzählen.",
        "I took the dates of {column}.": "Ich habe die Daten von {column} genommen.",
        "I took {columns} as what is asked for.": "Ich habe angenommen, dass nach {columns} gefragt ist.",
        "I added the negative values of {column}.": "Ich habe die negativen Werte von {column} zusammengezählt.",
        "I added the positive values of {column}.": "Ich habe die positiven Werte von {column} zusammengezählt.",
        "I read “{said}” as {values} in {column}.": "Ich habe „{said}“ als {values} in {column} gelesen.",
        "I read “{said}” as the column {column}.": "Ich habe „{said}“ als die Spalte {column} gelesen.",
        "I read “{said}” as the highest {column}.": "Ich habe „{said}“ als den höchsten Wert von {column} gelesen.",
        "I read “{said}” as the lowest {column}.": "Ich habe „{said}“ als den niedrigsten Wert von {column} gelesen.",
        "I read “{said}” by {column}.": "Ich habe „{said}“ auf {column} bezogen gelesen.",
        "I read {value} as {converted} in {column}.": "Ich habe {value} als {converted} in {column} gelesen.",
        "I counted rows.": "Ich habe Zeilen gezählt.",
        "I counted different values of {column}.": "Ich habe verschiedene Werte von {column} gezählt.",
        "I added {column}; counting rows would be another question.":
            "Ich habe {column} zusammengezählt; die Zeilen zu zählen wäre eine andere Frage.",
        "I compared by {column}.": "Ich habe nach {column} verglichen.",
        "I took the same months of different years together.":
            "Ich habe gleiche Monate verschiedener Jahre zusammengefasst.",
        # why there is no answer
        "I do not know what {words} means for {table}": "ich weiß nicht, was {words} für {table} bedeutet",
        "I do not understand what {words} has to do with the rest of the question":
            "ich verstehe nicht, was {words} mit dem Rest der Frage zu tun hat",
        "I do not understand “{words}” in this question": "ich verstehe „{words}“ in dieser Frage nicht",
        "“{words}” may mean {columns}": "„{words}“ kann {columns} bedeuten",
        "the question does not say {what}: {columns}": "die Frage sagt nicht, was gemeint ist: {columns}",
        "the question does not say of which row": "die Frage sagt nicht, welche Zeile gemeint ist",
        "no column of {table} says what was spent": "keine Spalte von {table} sagt, was ausgegeben wurde",
        "no column of {table} says what “{words}” means": "keine Spalte von {table} sagt, was „{words}“ bedeutet",
        "{table} has no dates, so it does not say what was in {time}":
            "{table} enthält keine Daten und sagt deshalb nicht, was {time} war",
        "no column of {table} is in {unit}": "keine Spalte von {table} ist in {unit}",
        "I do not understand what the {function} of “{words}” is":
            "ich verstehe nicht, was mit {function} von „{words}“ gemeint ist",
        "mean": "Mittelwert",
        "median": "Median",
        "sum": "Summe",
        "the question asks for several numbers of {values}": "die Frage will mehrere Zahlen von {values}",
        "{column} is in {values}, which cannot be compared":
            "{column} ist in {values}, was sich nicht vergleichen lässt",
        "{column} holds percentages, which do not add up to a total":
            "{column} enthält Prozente, die sich nicht zu einer Summe zusammenzählen lassen",
        "{column} says in each row how much it is by then, so it has no total":
            "{column} sagt in jeder Zeile den Stand bis dahin und hat deshalb keine Summe",
        "“{told}” is not a column of numbers": "„{told}“ ist keine Spalte mit Zahlen",
        "{column} holds identifiers, which do not add up to anything":
            "{column} enthält Kennungen, die sich nicht zusammenzählen lassen",
        "{column} holds text, which cannot be added up": "{column} enthält Text, der sich nicht zusammenzählen lässt",
        "{column} of {table} has a value for each of its {rows} rows, and the question does not say which "
        "one is meant, "
        "or whether it asks for the total, the highest or the lowest":
            "{column} von {table} hat in jeder der {rows} Zeilen einen Wert, und die Frage sagt nicht, welcher gemeint "
            "ist, oder ob sie die Summe, den höchsten oder den niedrigsten will",
        "I do not understand between what the change is asked for":
            "ich verstehe nicht, zwischen was die Veränderung gefragt ist",
        "there is no column of time to see a development in":
            "es gibt keine Spalte mit Zeiten, an der eine Entwicklung zu sehen wäre",
        "I can only tell yes or no of single rows": "Ja oder Nein lässt sich nur von einzelnen Zeilen sagen",
        "I do not understand what is to be checked": "ich verstehe nicht, was zu prüfen ist",
        "I do not understand “not” in a question for yes or no":
            "ich verstehe „nicht“ in einer Frage nach Ja oder Nein nicht",
        "I do not understand what is asked of {table}": "ich verstehe nicht, was von {table} gefragt ist",
        "the question does not say which row of {table} is meant":
            "die Frage sagt nicht, welche Zeile von {table} gemeint ist",
        "I do not understand which part of what is asked for":
            "ich verstehe nicht, welcher Teil wovon gefragt ist",
        "I do not understand between what the difference is asked for":
            "ich verstehe nicht, zwischen was der Unterschied gefragt ist",
        "the question does not say a share of what": "die Frage sagt nicht, wovon der Anteil gemeint ist",
        "I do not understand what is to be left out of {table}":
            "ich verstehe nicht, was von {table} ausgelassen werden soll",
        "I do not understand what is to be left out of {values}":
            "ich verstehe nicht, was von {values} ausgelassen werden soll",
        "I do not understand “{words}” in the comparison": "ich verstehe „{words}“ in dem Vergleich nicht",
        "{column} spans several years, and the question does not say which":
            "{column} reicht über mehrere Jahre, und die Frage sagt nicht, welches gemeint ist",
        "I do not understand which time is to be left out": "ich verstehe nicht, welche Zeit ausgelassen werden soll",
        "I do not understand the times together": "ich verstehe die Zeiten zusammen nicht",
        "I do not understand the number “{text}”": "ich verstehe die Zahl „{text}“ nicht",
        "numbers without a unit": "Zahlen ohne Einheit",
        "{column} is in {told}, and the question speaks of {unit}":
            "{column} ist in {told}, und die Frage spricht von {unit}",
        "the question does not say which number to compare with: {told}":
            "die Frage sagt nicht, mit welcher Zahl zu vergleichen ist: {told}",
        "I do not understand the span of time": "ich verstehe die Zeitspanne nicht",
        "I do not understand from when the time is meant": "ich verstehe nicht, ab wann die Zeit gemeint ist",
        "I do not understand how far “{words}” reaches": "ich verstehe nicht, wie weit „{words}“ reicht",
        "I do not know what is to be counted in {table}": "ich weiß nicht, was in {table} zu zählen ist",
        "{column} is not something to count": "{column} lässt sich nicht zählen",
        "the number of them may be {told}": "die Anzahl davon kann {told} sein",
        "I do not understand which {column} is left when some are left out":
            "ich verstehe nicht, was von {column} übrig bleibt, wenn einige wegfallen",
        "I do not understand whether each {column} has to match all of them":
            "ich verstehe nicht, ob zu {column} alles davon passen muss",
        "no column of {table} says “{words}”": "keine Spalte von {table} sagt „{words}“",
        "{table} has no numbers to calculate with": "{table} enthält keine Zahlen, mit denen zu rechnen wäre",
        "{table} has several dates, and the question does not say which: {told}":
            "{table} hat mehrere Spalten mit Daten, und die Frage sagt nicht, welche gemeint ist: {told}",
        "the question asks by {values} at once": "die Frage vergleicht nach {values} zugleich",
        "I do not understand “{words}” beside {column}": "ich verstehe „{words}“ neben {column} nicht",
        "nothing in {table} says what “{told}” means; ask for the highest or the lowest {named}":
            "nichts in {table} sagt, was „{told}“ bedeutet; fragen Sie nach dem höchsten oder niedrigsten Wert "
            "von {named}",
        "it is not said whether a high or a low {column} is “{told}”; ask for the highest or the lowest":
            "es ist nicht gesagt, ob ein hoher oder ein niedriger Wert von {column} „{told}“ ist; fragen Sie nach dem "
            "höchsten oder niedrigsten",
        "I do not understand what is compared": "ich verstehe nicht, was verglichen wird",
        "I do not understand which row is meant": "ich verstehe nicht, welche Zeile gemeint ist",
        "the question does not say whose number is compared": "die Frage sagt nicht, wessen Anzahl verglichen wird",
        "I do not understand of what the highest or lowest {function} is asked for":
            "ich verstehe nicht, wovon der höchste oder niedrigste Wert ({function}) gefragt ist",
        "the question asks for the highest of each group": "die Frage will den höchsten Wert jeder Gruppe",
        "{table} does not say what is meant": "{table} sagt nicht, was gemeint ist",
        "{table} does not say who is meant": "{table} sagt nicht, wer gemeint ist",
        "{table} does not say which place is meant": "{table} sagt nicht, welcher Ort gemeint ist",
        "no column of {table} names its rows": "keine Spalte von {table} benennt die Zeilen",
        "{table} has no dates to group by {part}": "{table} enthält keine Daten, um nach {part} zu gliedern",
        "“{values}” may be meant as {told}": "„{values}“ kann als {told} gemeint sein",
        "“{column}” is in different units ({units}), which cannot be compared or added":
            "„{column}“ ist in verschiedenen Einheiten ({units}), die sich nicht vergleichen oder zusammenzählen "
            "lassen",
        "no unit": "ohne Einheit",
        "“{column}” was counted at {several} different dates, which do not add up; the question does not say which of "
        "them it means":
            "„{column}“ wurde zu {several} verschiedenen Zeitpunkten gezählt, die sich nicht zusammenzählen "
            "lassen; die "
            "Frage sagt nicht, welcher gemeint ist",
        "{column} mixes points and commas; I took the {mark} as the decimal mark.":
            "{column} mischt Punkte und Kommas; ich habe das Dezimalzeichen als {mark} gelesen.",
        "I read “{cell}” as {value}, with the {mark} as decimal mark.":
            "Ich habe „{cell}“ als {value} gelesen, mit {mark} als Dezimalzeichen.",
        "I read “{cell}” as {value}, with the {mark} as separator of thousands.":
            "Ich habe „{cell}“ als {value} gelesen, mit {mark} als Tausendertrennzeichen.",
        "comma": "Komma",
        "point": "Punkt",
        "I read {column} in {unit}, with {others} converted.":
            "Ich habe {column} in {unit} gelesen und {others} umgerechnet.",
    },
)  # fmt: skip
