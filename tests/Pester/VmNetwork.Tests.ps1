BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $small = @{ Accelerator = 'Tcg'; MemoryStartupBytes = 64MB; NoDisk = $true; MachineType = 'pc' }
}

AfterAll { Exit-TestSession }

Describe 'New-QemuVm with a network of the kind <Kind>' -ForEach @(
    @{ Kind = 'Bridge'; Missing = 'names no bridge' }
    @{ Kind = 'Tap'; Missing = 'names no tap device' }
    @{ Kind = 'Stream'; Missing = 'either a localEndpoint' }
    @{ Kind = 'Dgram'; Missing = 'needs a remoteEndpoint' }
) {
    It 'makes no machine when what the kind needs is missing, and the error shows how to write it' {
        $failure = Get-Failure { New-QemuVm -Name lacking @small -Network $Kind }
        $failure.FullyQualifiedErrorId | Should -Match '^InvalidOption,'
        $failure.Exception.Message | Should -Match $Missing
        $failure.ErrorDetails.RecommendedAction | Should -Match "^-Network $Kind -"
        @(Get-QemuVm lacking*).Count | Should -Be 0
    }
}

Describe 'The network of a new machine' {
    It 'takes no parameter of another kind: <Words>' -ForEach @(
        @{ Words = 'a forward through a bridge'; With = @{ Network = 'Bridge'; Bridge = 'br7'; PortForward = '0:22' } }
        @{ Words = 'an endpoint without a cable'; With = @{ LocalEndpoint = '127.0.0.1:5000' } }
        @{ Words = 'a restriction of a bridge'; With = @{ Bridge = 'br7'; Restricted = $true } }
        @{ Words = 'a bridge without a network'; With = @{ Network = 'None'; Bridge = 'br7' } }
    ) {
        Get-FailureId { New-QemuVm -Name foreign @small @With } | Should -Be 'InvalidOption'
    }
}
