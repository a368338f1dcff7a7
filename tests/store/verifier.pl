#!/usr/bin/perl
# Verifies a ledger without fleet: perl verifier.pl LEDGERDIR
use strict; use warnings; use Digest::SHA 'sha256_hex'; use JSON::PP; use File::Glob 'bsd_glob';
my ($prev, $n) = ('0' x 64, 0);
for my $file (sort(bsd_glob("$ARGV[0]/*.jsonl"))) {
    open(my $in, '<:raw', $file) or die "$file: $!\n";
    while (my $line = <$in>) {
        my ($at, $data, $middle, $rest) = $line =~ /^(\{"at":"[^"]*",)"data":(\{.*\}),("data_sha256":"\w{64}",)"hash":"\w{64}",(.*\}\n)$/
            or die "$file:$.: not a line of a ledger\n";
        my $found = decode_json($line);
        chomp($rest);
        die "$file:$.: a line is missing, or out of place\n" if $found->{n} != ++$n or $found->{prev} ne $prev;
        die "$file:$.: the line was edited\n" if sha256_hex($at . $middle . $rest) ne $found->{hash};
        die "$file:$.: the data was edited\n" if $data ne '{}' and sha256_hex($data) ne $found->{data_sha256};
        $prev = $found->{hash};
    }
}
print "$n $prev\n";
