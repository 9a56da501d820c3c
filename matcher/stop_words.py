"""Words that say nothing of a subject, French and English, without accents and in lower case.

Two groups a language: grammar (articles, prepositions, pronouns, conjunctions, auxiliaries) and quantities
(numbers in words, units of time, length and money), for a challenge tells how much and since when, not only what.
A word that also names a thing is kept out of its own list: ``or``, ``été``, ``nuit`` stay words of a French text
(but see ``matcher.tokens`` for ``a été``).
"""

from typing import Final

_FRENCH_GRAMMAR: Final = """
    ai aient ailleurs ainsi alors apres as assez au aucun aucune aujourd aura auront aussi autant autour autre autres
    aux avaient avait avant avec avoir avons ayant beaucoup bien car ce ceci cela celle celles celui cependant certain
    certaine certaines certains ces cet cette ceux chacun chacune chaque chez ci comme comment contre dans de deja
    depuis dernier derniere dernieres derniers derriere des dessous dessus devant donc dont du elle elles en encore
    enfin ensuite entre est et etaient etait etant etc etre eu eux fait faire faites fois font grace hors hui ici il
    ils jusqu jusque la laquelle le lequel les lesquelles lesquels leur leurs loin lors lorsqu lorsque lui ma mais mal
    meme memes mes moins mon ne ni non nos notamment notre nous on ont ou par parce parfois parmi partir pas pendant
    permet permettant permettent permettra permettre peu peut peuvent plus plusieurs plutot pour pourquoi pres puis
    puisque qu quand que quel quelle quelles quelque quelques quels qui quoi rien sa sans se selon sera seront ses
    seulement si sinon soient soit son sont sous souvent suivant sur ta tandis tant tard te tel telle telles tels tes
    tot toujours tous tout toute toutes travers tres trop tu un une vers via voici voila vos votre vous
"""
_FRENCH_QUANTITIES: Final = """
    deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante
    cinquante soixante septante huitante octante nonante cent cents mille million millions milliard milliards dizaine
    dizaines douzaine quinzaine vingtaine trentaine cinquantaine centaine centaines millier milliers premier premiere
    premieres premiers deuxieme deuxiemes troisieme moitie tiers quart quarts an ans annee annees mois semaine semaines
    jour jours heure heures minute minutes seconde secondes euro euros km kilometre kilometres metre metres hectare
    hectares tonne tonnes
"""
_ENGLISH_GRAMMAR: Final = """
    about above after again against all also although am among an and any are aren as at be because been before being
    below between both but by can cannot could couldn did didn do does doesn doing don down during each either etc
    ever every few for from further get had hadn has hasn have haven having he hence her here hers him his how however
    if in into is isn it its itself just let ll may me might more moreover most much must my neither no nor not of off
    often on once only onto or other our ours out over own per quite rather re same shall she should shouldn since so
    some such than that the their theirs them then there therefore these they this those though through thus to too
    toward towards under until up upon us ve very via was wasn we were weren what when where whereas whether which
    while who whom whose why will with within without won would wouldn yet you your yours
"""
_ENGLISH_QUANTITIES: Final = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions
    billion billions dozen dozens first second third half quarter year years month months week weeks day days hour
    hours minute minutes seconds euro euros km kilometre kilometres kilometer kilometers metre metres meter meters
    hectare hectares tonne tonnes
"""

FRENCH: Final = frozenset((_FRENCH_GRAMMAR + _FRENCH_QUANTITIES).split())
"""Words left out of French texts."""

ENGLISH: Final = frozenset((_ENGLISH_GRAMMAR + _ENGLISH_QUANTITIES).split())
"""Words left out of English texts."""

BOTH: Final = FRENCH | ENGLISH
"""Words left out of texts whose language is unknown."""
